import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { watershedTransform } from '../../../src/processing/segmentation/watershed-transform.js';
import { areas, batch, channels, cones, discs } from './draw.js';

describe('watershedTransform', () => {
  const cells = [
    [15, 12, 10],
    [15, 28, 10],
  ] as const;
  /** Scores of background, edge and middle. */
  function scores(rows: number, columns: number) {
    const cone = cones(rows, columns, cells);
    const edge = { ...cone, data: cone.data.map((height) => (height > 0 ? 0.4 : 0)) };
    const background = { ...cone, data: cone.data.map((height) => (height > 0 ? 0 : 0.3)) };
    return channels(background, edge, cone);
  }

  test('touching cells are parted between their middles', () => {
    const labels = watershedTransform(scores(30, 40));
    expect(areas(labels)).toHaveLength(2);
    expect(labels.data[15 * 40 + 19]).toBe(labels.data[15 * 40 + 12]);
    expect(labels.data[15 * 40 + 21]).toBe(labels.data[15 * 40 + 28]);
  });

  test('numbers run on through the batch', () => {
    const image = scores(30, 40);
    const far = Array.from({ length: 12 }, () => channels(...Array.from({ length: 3 }, () => discs(30, 40, []))));
    const labels = watershedTransform(batch(image, ...far, image), { minSize: 1 });
    expect(areas(labels).map(([label]) => label)).toEqual([1, 2, 3, 4]);
  });

  test('all background, one row, one pixel', () => {
    expect(areas(watershedTransform(scores(5, 5)))).toEqual([]);
    expect(watershedTransform(ndArray(new Float32Array(12), [1, 1, 4, 3])).shape).toEqual([1, 1, 4, 1]);
    expect([...watershedTransform(ndArray(Float32Array.of(0, 1), [1, 1, 1, 2]), { minSize: 0 }).data]).toHaveLength(1);
  });

  test('says which shapes it takes', () => {
    expect(() => watershedTransform(ndArray(new Float32Array(4), [2, 2, 1]))).toThrow(
      'watershedTransform: shape (2, 2, 1); (batch, rows, columns, classes) is accepted',
    );
  });
});
