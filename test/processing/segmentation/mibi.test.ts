import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { mibi } from '../../../src/processing/segmentation/mibi.js';
import { areas, channels, cones, discs } from './draw.js';

/** Interior everywhere in the cells, edge in their outer third. */
function prediction(...cells: [number, number, number][]) {
  const cone = cones(40, 60, cells);
  const edge = { ...cone, data: cone.data.map((height) => (height > 0 && height < 0.3 ? 1 : 0)) };
  const image = channels(edge, discs(40, 60, cells));
  return { shape: image.shape.slice(1), data: image.data };
}

describe('mibi', () => {
  test('cells grow from their middles to their edges', () => {
    const labels = mibi(prediction([20, 15, 12], [20, 45, 12]));
    expect(labels.shape).toEqual([40, 60, 1]);
    expect(labels.data).toBeInstanceOf(Uint16Array);
    expect(areas(labels).map(([label]) => label)).toEqual([1, 2]);
    expect(areas(labels)[0]![1]).toBeGreaterThan(250);
  });

  test('seeds below 50 pixels are left away', () => {
    expect(areas(mibi(prediction([20, 15, 5])))).toEqual([]);
  });

  test('background, a pixel and no pixels are no trouble', () => {
    expect(areas(mibi(prediction()))).toEqual([]);
    expect([...mibi(ndArray(Float32Array.of(0, 1), [1, 1, 2])).data]).toEqual([0]);
    expect(mibi(ndArray(new Float32Array(0), [0, 3, 2])).shape).toEqual([0, 3, 1]);
  });

  test('says which shapes it takes', () => {
    expect(() => mibi(ndArray(new Float32Array(4), [2, 2, 1]))).toThrow(
      'mibi: shape (2, 2, 1); (rows, columns, 2 or more) is accepted',
    );
  });
});
