import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Tensor, TensorDType } from '../../src/models/contract.js';
import { fromFloat32, tensorOver, toFloat32 } from '../../src/models/tensor.js';
import { concatBatches, sliceBatch } from '../../src/models/tensor-batch.js';

/** `[...]` of what `fromFloat32` makes. */
const converted = (values: number[], dtype: TensorDType): (number | bigint)[] => [
  ...(fromFloat32(Float32Array.from(values), [values.length], dtype).data as Iterable<number | bigint>),
];
const patterns = (dtype: TensorDType, ...bits: number[]): Tensor => ({
  dtype,
  shape: [bits.length],
  data: Uint16Array.from(bits),
});

describe('float32 to the dtype of an input', () => {
  test('keeps float32 itself, without a copy', () => {
    const data = new Float32Array(4);
    expect(fromFloat32(data, [2, 2], 'float32').data).toBe(data);
    expect(toFloat32({ dtype: 'float32', shape: [4], data })).toBe(data);
  });

  test('rounds to nearest, ties to even, and saturates at the bounds of integers', () => {
    expect(converted([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 254.6, 300, -3], 'uint8')).toEqual([
      0, 2, 2, 0, 0, 2, 255, 255, 0,
    ]);
    expect(converted([-0.5, -1.5, -2.5, -128.6, 127.4, 200, Infinity, -Infinity], 'int8')).toEqual([
      0, -2, -2, -128, 127, 127, 127, -128,
    ]);
    expect(converted([65534.5, 70000], 'uint16')).toEqual([65534, 65535]);
    expect(converted([3e9, -3e9], 'int32')).toEqual([2147483647, -2147483648]);
    expect(converted([5e9, -1], 'uint32')).toEqual([4294967295, 0]);
    expect(converted([1e30, -1e30, 2.5], 'int64')).toEqual([2n ** 63n - 1n, -(2n ** 63n), 2n]);
    expect(converted([1e30, -1, 3.5], 'uint64')).toEqual([2n ** 64n - 1n, 0n, 4n]);
  });

  test('makes 0 of NaN in integers and "not 0" of bool', () => {
    expect(converted([Number.NaN], 'uint8')).toEqual([0]);
    expect(converted([Number.NaN], 'int64')).toEqual([0n]);
    expect(converted([0, 0.1, -2], 'bool')).toEqual([0, 1, 1]);
  });

  test('makes float16 as IEEE 754 says, ties to even, subnormals and infinity included', () => {
    const values = [
      1,
      -2,
      65504,
      65519.99,
      65520,
      2 ** -14,
      2 ** -24,
      2 ** -25,
      1.5 * 2 ** -24,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      Infinity,
    ];
    expect(converted(values, 'float16')).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0x0400, 1, 0, 2, 0x3c00, 0x3c02, 0x7c00,
    ]);
  });

  test('makes bfloat16 as the upper half of float32, ties to even', () => {
    expect(converted([1, -2, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38], 'bfloat16')).toEqual([
      0x3f80, 0xc000, 0x3f80, 0x3f82, 0x7f80,
    ]);
    expect(Number.isNaN(toFloat32(fromFloat32(new Float32Array([Number.NaN]), [1], 'bfloat16'))[0])).toBe(true);
  });

  test('refuses values that do not fill the shape', () => {
    expect(() => fromFloat32(new Float32Array(3), [2, 2], 'uint8')).toThrow(RangeError);
    expect(() => tensorOver('float32', [2], new ArrayBuffer(9))).toThrow('takes 8 bytes, got 9');
  });
});

describe('any dtype to float32', () => {
  test('reads float16 and bfloat16 patterns exactly', () => {
    expect([...toFloat32(patterns('float16', 0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00))]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      Infinity,
      -Infinity,
    ]);
    expect([...toFloat32(patterns('bfloat16', 0x3f80, 0xc000, 0x7f80))]).toEqual([1, -2, Infinity]);
  });

  test('brings every 16-bit pattern back to itself', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, index) => index);
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const values = toFloat32({ dtype, shape: [all.length], data: all });
      const back = fromFloat32(values, [all.length], dtype).data;
      expect(all.filter((pattern, index) => !Number.isNaN(values[index]!) && back[index] !== pattern)).toHaveLength(0);
      expect(
        all.filter(
          (_, index) =>
            Number.isNaN(values[index]!) && !Number.isNaN(toFloat32(patterns(dtype, Number(back[index])))[0]!),
        ),
      ).toHaveLength(0);
    }
  });

  test('never errs by more than half a step of the narrower type', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -60000, max: 60000 }), (value) => {
        const [found] = toFloat32(fromFloat32(new Float32Array([value]), [1], 'float16'));
        const step = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10));
        expect(Math.abs(found! - value)).toBeLessThanOrEqual(step / 2);
      }),
    );
  });

  test('reads integers and 64-bit numbers', () => {
    expect([...toFloat32({ dtype: 'int64', shape: [2], data: BigInt64Array.from([-3n, 5n]) })]).toEqual([-3, 5]);
    expect([...toFloat32({ dtype: 'uint64', shape: [1], data: BigUint64Array.from([2n ** 63n]) })]).toEqual([2 ** 63]);
    expect([...toFloat32({ dtype: 'uint16', shape: [2], data: Uint16Array.from([1, 65535]) })]).toEqual([1, 65535]);
    expect([...toFloat32({ dtype: 'float64', shape: [1], data: Float64Array.from([0.1]) })]).toEqual([
      Math.fround(0.1),
    ]);
  });
});

describe('batches', () => {
  const batch: Tensor = { dtype: 'int16', shape: [3, 2], data: Int16Array.from([1, 2, 3, 4, 5, 6]) };

  test('are cut as views and put together again', () => {
    const parts = [sliceBatch({ a: batch }, 0, 2), sliceBatch({ a: batch }, 2, 3)];
    expect(parts[0]!['a']!.data.buffer).toBe(batch.data.buffer);
    expect(parts[1]!['a']).toEqual({ dtype: 'int16', shape: [1, 2], data: Int16Array.from([5, 6]) });
    expect(concatBatches(parts, [2, 1])['a']).toEqual(batch);
  });

  test('whose answers hold another number of items than was sent are refused', () => {
    const parts = [sliceBatch({ a: batch }, 0, 2), sliceBatch({ a: batch }, 2, 3)];
    expect(() => concatBatches(parts, [2, 2])).toThrow(/expected int16 of shape \(2, 2\)/);
    expect(() => concatBatches([parts[0]!, {}], [2, 1])).toThrow(/is nothing/);
  });
});
