import { describe, expect, test } from '@jest/globals';

import { batchSize } from '../../src/models/batching.js';
import type { Tensor } from '../../src/models/contract.js';
import { checkOutputs, orderedOutputs } from '../../src/models/outputs.js';

const image = (values: number[], shape = [1, 2, 2, 1]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
const bits = (dtype: 'float16' | 'bfloat16' | 'uint16', value: number): Tensor => ({
  dtype,
  shape: [1, 2, 2, 1],
  data: Uint16Array.from([0, value, 0, 0]),
});
const EXPECTED = { batch: 1, rows: 2, columns: 2 };

describe('the order of outputs', () => {
  const outputs = Object.fromEntries(
    ['prediction_10', 'prediction_2', 'b', 'prediction', 'prediction_1'].map((name) => [name, image([0, 0, 0, 0])]),
  );

  test('is natural where no heads are named', () => {
    expect(orderedOutputs(outputs).map(({ name }) => name)).toEqual([
      'b',
      'prediction',
      'prediction_1',
      'prediction_2',
      'prediction_10',
    ]);
  });

  test('is that of the heads, others are left out', () => {
    expect(orderedOutputs(outputs, ['prediction_2', 'b']).map(({ name }) => name)).toEqual(['prediction_2', 'b']);
  });

  test.each(['missing', 'toString', '__proto__'])('refuses the head "%s" that the model does not have', (name) => {
    expect(() => orderedOutputs(outputs, [name])).toThrow(`no output "${name}"`);
  });
});

describe('the check of outputs', () => {
  test('lets finite images of the right size pass, of any depth', () => {
    checkOutputs([{ name: 'a', tensor: image([1, -1, 3e38, 1e-45]) }], EXPECTED);
    checkOutputs([{ name: 'a', tensor: image(Array<number>(12).fill(1), [1, 2, 2, 3]) }], EXPECTED);
    expect(() => checkOutputs([{ name: 'a', tensor: image([1, 1, 1, 1]) }], { ...EXPECTED, channels: 2 })).toThrow(
      'expected (1, 2, 2, 2)',
    );
  });

  test.each([[[2, 2, 1]], [[1, 4, 1, 1]], [[4, 1, 1, 1]], [[1, 2, 2, 1, 1]]])(
    'refuses the shape %p and says which was expected',
    (shape) => {
      expect(() => checkOutputs([{ name: 'head', tensor: image([0, 0, 0, 0], shape) }], EXPECTED)).toThrow(
        `Output "head" has shape (${shape.join(', ')}), expected (1, 2, 2, channels)`,
      );
    },
  );

  test('tells how many values are not finite and where the first is', () => {
    const tensor = image([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Infinity, Number.NaN, 0, 0, -Infinity], [2, 2, 2, 2]);
    expect(() => checkOutputs([{ name: 'inner', tensor }], { ...EXPECTED, batch: 2 })).toThrow(
      'Output "inner" holds 3 NaN or infinite values, the first at item 1, row 0, column 1, channel 1.',
    );
  });

  test('knows NaN and infinity in 16-bit floats, and that integers are finite', () => {
    expect(() => checkOutputs([{ name: 'a', tensor: bits('float16', 0x7c00) }], EXPECTED)).toThrow('row 0, column 1');
    expect(() => checkOutputs([{ name: 'a', tensor: bits('bfloat16', 0xff80) }], EXPECTED)).toThrow('row 0, column 1');
    checkOutputs([{ name: 'a', tensor: bits('bfloat16', 0x7c00) }], EXPECTED);
    checkOutputs([{ name: 'a', tensor: bits('uint16', 0xffff) }], EXPECTED);
  });
});

describe('the batch of one call', () => {
  test.each([
    [[128, 128, 1], 32],
    [[512, 512, 1], 2],
    [[256, 256, 2], 4],
    [[2048, 2048, 1], 1],
    [[64, 64, 1], 128],
  ] as const)('of %p items is %i', (shape, expected) => {
    expect(batchSize(shape, { maxBatchSize: 32, minModelSize: 128 })).toBe(expected);
  });
});

test.each([
  ['a NaN', 0x7fc00000],
  ['a NaN with its sign set', 0xffc00000],
  ['infinity', 0x7f800000],
  ['minus infinity', 0xff800000],
])('%s is found among finite values', (_name, pattern) => {
  const data = new Float32Array(64).fill(-3.4e38);
  new Uint32Array(data.buffer)[10] = pattern;
  const check = () =>
    checkOutputs([{ name: 'head', tensor: { dtype: 'float32', shape: [1, 8, 8, 1], data } }], {
      batch: 1,
      rows: 8,
      columns: 8,
    });
  expect(check).toThrow(/"head" holds 1 NaN or infinite values, the first at item 0, row 1, column 2/);
  data[10] = 3.4e38;
  expect(check).not.toThrow();
});
