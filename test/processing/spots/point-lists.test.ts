import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { assignSpots } from '../../../src/processing/spots/assign-spots.js';
import { pointListComponents } from '../../../src/processing/spots/point-list-components.js';
import { pointListMax } from '../../../src/processing/spots/point-list-max.js';
import type { SpotMaps } from '../../../src/processing/spots/point-list.js';
import { pointList } from '../../../src/processing/spots/point-list.js';

/** Maps of 8 × 8 pixels with the given pixels: row, column, probability, offsets. */
function maps(...pixels: [number, number, number, number, number][]): SpotMaps {
  const shape = [1, 8, 8, 2];
  const classification = ndArray(new Float32Array(128), shape);
  const offsets = ndArray(new Float32Array(128), shape);
  for (const [row, column, p, dy, dx] of pixels) {
    const at = 2 * (row * 8 + column);
    classification.data.set([1 - p, p], at);
    offsets.data.set([dy, dx], at);
  }
  return { classification, offsets };
}

const listed = ([points]: { data: Float64Array }[]) => [...points!.data];

describe('point lists', () => {
  const two = maps([2, 3, 0.99, 0.25, -0.25], [2, 4, 0.97, 0.25, -0.75], [5, 5, 0.98, 0, 0.5], [6, 1, 0.95, 0, 0]);

  test('every pixel above the threshold is a spot, moved by its offset', () => {
    expect(listed(pointList(two))).toEqual([2.25, 2.75, 2.25, 3.25, 5, 5.5]);
  });

  test('restrictive lists keep pixels that hold their spot themselves', () => {
    expect(listed(pointList(two, { restrictive: true }))).toEqual([2.25, 2.75, 5, 5.5]);
  });

  test('connected pixels make one spot at their mean', () => {
    expect(listed(pointListComponents(two))).toEqual([2.25, 3, 5, 5.5]);
  });

  test('maxima are listed by probability, and none at the border', () => {
    const bright = maps([2, 3, 0.98, 0, 0], [2, 4, 0.97, 0, 0], [5, 5, 0.99, 0, 0.5], [0, 6, 1, 0, 0]);
    expect(listed(pointListMax(bright, { minDistance: 1 }))).toEqual([5, 5.5, 2, 3]);
  });

  test('maps without spots give empty lists', () => {
    for (const list of [pointList, pointListComponents, pointListMax]) {
      expect(list(maps())[0]!.shape).toEqual([0, 2]);
    }
  });

  test('refuses maps that do not fit each other', () => {
    const { classification } = maps();
    const offsets = ndArray(new Float32Array(64), [1, 8, 8, 1]);
    expect(() => pointList({ classification, offsets })).toThrow(
      'pointList: maps of shape (1, 8, 8, 2) and (1, 8, 8, 1); twice (batch, rows, columns, 2) is accepted',
    );
  });
});

describe('assignSpots', () => {
  const labels = ndArray(Int32Array.of(0, 7, 8, 9), [2, 2]);

  test('a spot belongs to the label below it, or to none', () => {
    const points = ndArray(Float64Array.of(0.9, 1.2, 1.99, 0, 0.2, 0.4, -1.5, 0, 2, 2), [5, 2]);
    expect([...assignSpots(points, labels)]).toEqual([7, 8, 0, 0, 0]);
  });

  test('says which shapes it takes', () => {
    expect(() => assignSpots(ndArray(new Float64Array(3), [1, 3]), labels)).toThrow('(spots, 2) and (rows, columns)');
  });
});
