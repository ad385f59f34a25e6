import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { deepWatershedV061 } from '../../../src/processing/segmentation/deep-watershed-v061.js';
import { areas, batch, cones } from './draw.js';

describe('deepWatershedV061', () => {
  const cells = [
    [15, 12, 10],
    [15, 28, 10],
  ] as const;
  const map = cones(30, 40, cells);

  test('touching cells end two pixels apart', () => {
    const labels = deepWatershedV061([map, map]);
    expect(labels.shape).toEqual([1, 30, 40]);
    expect(areas(labels).map(([label]) => label)).toEqual([1, 2]);
    expect([18, 19, 20, 21, 22].map((column) => labels.data[15 * 40 + column])).toEqual([1, 1, 0, 0, 2]);
  });

  test('a part without a seed stays background', () => {
    const inner = cones(30, 40, [cells[0]]);
    const labels = deepWatershedV061([inner, map], { distanceThreshold: 0.5 });
    expect(labels.data[15 * 40 + 12]).toBe(1);
    expect(labels.data[15 * 40 + 28]).toBe(0);
  });

  test('further outputs and channels are not looked at, and inputs stay as they were', () => {
    const before = map.data.slice();
    const noise = cones(30, 40, [[3, 3, 3]]);
    expect(deepWatershedV061([map, map, noise])).toEqual(deepWatershedV061([map, map]));
    expect(map.data).toEqual(before);
  });

  test('each item of a batch is numbered from 1, and small objects go', () => {
    const labels = deepWatershedV061([batch(map, map), batch(map, map)]);
    expect(labels.data.subarray(1200)).toEqual(labels.data.subarray(0, 1200));
    expect(areas(deepWatershedV061([map, map], { smallObjectsThreshold: 1000 }))).toEqual([]);
  });

  test('volumes are segmented in three dimensions', () => {
    const volume = ndArray(new Float32Array(5 * 30 * 40), [1, 5, 30, 40, 1]);
    for (let z = 0; z < 5; z++)
      volume.data.set(
        map.data.map((v) => v * (1 - Math.abs(z - 2) / 4)),
        z * 1200,
      );
    const labels = deepWatershedV061([volume, volume]);
    expect(labels.shape).toEqual([1, 5, 30, 40]);
    expect(areas(labels)).toHaveLength(2);
  });

  test('background, one row and no pixels are no trouble', () => {
    const blank = cones(10, 10, []);
    expect(areas(deepWatershedV061([blank, blank]))).toEqual([]);
    const row = cones(1, 40, [[0, 10, 6]]);
    expect(areas(deepWatershedV061([row, row], { minDistance: 3 }))).toHaveLength(1);
    const none = ndArray(new Float32Array(0), [1, 0, 7, 1]);
    expect(deepWatershedV061([none, none]).shape).toEqual([1, 0, 7]);
  });

  test('says what it takes', () => {
    expect(() => deepWatershedV061([map])).toThrow('deepWatershedV061: 1 outputs; inner and outer distance are needed');
    expect(() => deepWatershedV061([map, cones(30, 41, [])])).toThrow(
      'deepWatershedV061: outputs of shape (1, 30, 40, 1) and (1, 30, 41, 1); twice (batch, [planes,] rows, columns, channels)',
    );
  });
});
