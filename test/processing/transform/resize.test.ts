import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { resize, resizeLabels } from '../../../src/processing/transform/resize.js';

describe('resize', () => {
  test('interpolates between pixel centres and holds the edges', () => {
    const out = resize(ndArray(Float32Array.of(0, 4), [1, 2, 1]), [1, 4]);
    expect([...out.data]).toEqual([0, 1, 3, 4]);
  });

  test('the same size gives the same numbers', () => {
    const image = ndArray(
      Float32Array.from({ length: 60 }, (_, i) => i * 1.5),
      [1, 5, 6, 2],
    );
    expect([...resize(image, [5, 6]).data]).toEqual([...image.data]);
  });

  test('a constant image of several channels darkens only at its border', () => {
    const image = ndArray(new Float32Array(8 * 8 * 2).fill(10), [8, 8, 2]);
    const out = resize(image, [4, 4]);
    expect(out.data[(1 * 4 + 1) * 2]).toBeCloseTo(10, 1);
    expect(Math.max(...out.data)).toBeLessThanOrEqual(10);
  });

  test('integers are cut', () => {
    const out = resize(ndArray(Uint8Array.of(0, 3), [1, 2, 1]), [1, 4]);
    expect([...out.data]).toEqual([0, 0, 2, 3]);
  });

  test('labels keep to values that were there, for one channel and for several', () => {
    const one = resizeLabels(ndArray(Int32Array.of(1, 0, 900, 4), [2, 2, 1]), [5, 3]);
    expect(one.shape).toEqual([5, 3, 1]);
    expect(new Set(one.data)).toEqual(new Set([1, 0, 900, 4]));
    const two = resizeLabels(ndArray(Int32Array.of(1, 2, 3, 4), [1, 2, 2]), [1, 4]);
    expect([...two.data]).toEqual([1, 2, 1, 2, 3, 4, 3, 4]);
  });

  test('doubling and halving labels gives them back', () => {
    const labels = ndArray(
      Int32Array.from({ length: 35 }, (_, i) => (i * 7) % 5),
      [5, 7, 1],
    );
    expect(resizeLabels(resizeLabels(labels, [10, 14]), [5, 7])).toEqual(labels);
  });

  test('says what is wrong with its arguments', () => {
    const image = ndArray(new Float32Array(4), [2, 2, 1]);
    expect(() => resize(ndArray(new Float32Array(4), [2, 2]), [1, 1])).toThrow(
      'resize: shape (2, 2); ([batch,] rows, columns, channels) is accepted',
    );
    expect(() => resize(image, [0, 3])).toThrow('resize: a target of (0, 3); two whole numbers ≥ 1 are accepted');
    expect(() => resize(ndArray(new Float32Array(0), [0, 2, 1]), [1, 1])).toThrow('has no pixels');
  });
});
