import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { rescale, scaledSize } from '../../../src/processing/transform/rescale.js';

describe('rescale', () => {
  const image = ndArray(Float32Array.of(1, 2, 3, 4), [2, 2, 1]);

  test('doubling repeats each pixel', () => {
    const out = rescale(image, 2);
    expect(out.shape).toEqual([4, 4, 1]);
    expect([...out.data]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  test('keeps channels together and takes a batch', () => {
    const pair = ndArray(Uint8Array.of(1, 2, 3, 4), [2, 1, 1, 2]);
    expect([...rescale(pair, 2).data]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4]);
  });

  test('a scale of 1 returns the array itself', () => {
    expect(rescale(image, 1)).toBe(image);
  });

  test('new sizes are rounded half to even and never 0', () => {
    expect([scaledSize(5, 0.5), scaledSize(7, 0.5), scaledSize(1, 0.1), scaledSize(0, 2)]).toEqual([2, 4, 1, 0]);
  });

  test.each([0, -1, Number.NaN, Infinity])('refuses a scale of %p', (scale) => {
    expect(() => rescale(image, scale)).toThrow(`rescale: a scale of ${scale}; a finite number > 0 is accepted`);
  });

  test('refuses another rank', () => {
    expect(() => rescale(ndArray(new Float32Array(4), [2, 2]), 2)).toThrow(
      'rescale: shape (2, 2); ([batch,] rows, columns, channels) is accepted',
    );
  });
});
