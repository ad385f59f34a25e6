import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { padReflect, reflectIndex } from '../../../src/processing/transform/pad-reflect.js';

describe('padReflect', () => {
  test('mirrors about the edge pixel without repeating it', () => {
    const row = ndArray(Float32Array.of(1, 2, 3), [3]);
    expect([...padReflect(row, [[2, 2]]).data]).toEqual([3, 2, 1, 2, 3, 2, 1]);
  });

  test('bounces to and fro where the padding exceeds the image', () => {
    const row = ndArray(Uint8Array.of(1, 2), [2]);
    expect([...padReflect(row, [[3, 4]]).data]).toEqual([2, 1, 2, 1, 2, 1, 2, 1, 2]);
  });

  test('repeats the only pixel of an axis', () => {
    const pixel = ndArray(Float32Array.of(5), [1, 1]);
    const padded = padReflect(pixel, [
      [1, 0],
      [0, 2],
    ]);
    expect(padded.shape).toEqual([2, 3]);
    expect([...padded.data]).toEqual([5, 5, 5, 5, 5, 5]);
  });

  test('leaves its input as it was', () => {
    const row = ndArray(Float32Array.of(1, 2, 3), [3]);
    padReflect(row, [[1, 1]]);
    expect([...row.data]).toEqual([1, 2, 3]);
  });

  test('says what is wrong with a padding', () => {
    const row = ndArray(new Float32Array(3), [3]);
    expect(() => padReflect(row, [])).toThrow('padReflect: 0 pairs for an array of shape (3)');
    expect(() => padReflect(row, [[-1, 0]])).toThrow('padReflect: a padding of -1, 0; whole numbers ≥ 0 are accepted');
    expect(() => padReflect(ndArray(new Float32Array(0), [0]), [[1, 0]])).toThrow(
      'an empty axis has nothing to mirror',
    );
  });

  test('reflectIndex finds the source of any position', () => {
    expect([-4, -3, -1, 0, 2, 3, 4, 5].map((position) => reflectIndex(position, 3))).toEqual([0, 1, 1, 0, 2, 1, 0, 1]);
  });
});
