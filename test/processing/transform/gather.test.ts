import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { gather, identity, NO_SOURCE } from '../../../src/processing/transform/gather.js';

describe('gather', () => {
  const image = ndArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);

  test('picks rows and columns by their tables', () => {
    const out = gather(image, [Int32Array.of(1, 0, 1), Int32Array.of(2, 2)]);
    expect(out.shape).toEqual([3, 2]);
    expect([...out.data]).toEqual([6, 6, 3, 3, 6, 6]);
  });

  test('writes 0 where a table has no source', () => {
    const out = gather(image, [Int32Array.of(NO_SOURCE, 0), Int32Array.of(0, NO_SOURCE, 1)]);
    expect([...out.data]).toEqual([0, 0, 0, 1, 0, 2]);
  });

  test('keeps the dtype, 64-bit integers included', () => {
    const wide = ndArray(BigInt64Array.of(1n, 2n ** 60n), [2, 1]);
    expect([...gather(wide, [Int32Array.of(1), identity(1)]).data]).toEqual([2n ** 60n]);
    expect(gather(ndArray(Uint8Array.of(7), [1]), [identity(1)]).data).toBeInstanceOf(Uint8Array);
  });

  test('gives an empty array for an empty table', () => {
    expect(gather(image, [Int32Array.of(), identity(3)]).shape).toEqual([0, 3]);
  });

  test('refuses tables that do not fit the array', () => {
    expect(() => gather(image, [identity(2)])).toThrow('gather: 1 tables for an array of shape (2, 3)');
    expect(() => gather(image, [identity(3), identity(3)])).toThrow(
      'gather: index 2 is outside axis 0 of shape (2, 3)',
    );
  });
});
