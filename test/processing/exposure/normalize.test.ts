import { describe, expect, test } from '@jest/globals';
import { normalize, normalizeV061 } from '../../../src/processing/exposure/normalize.js';
import { quantileNormalize } from '../../../src/processing/exposure/quantile-normalize.js';

describe('normalize', () => {
  test('brings each channel of each image to mean 0 and deviation 1', () => {
    const image = { shape: [2, 2, 1, 2], data: Float32Array.of(1, 10, 3, 30, 5, 50, 9, 70) };
    const { shape, data } = normalize(image);
    expect(shape).toEqual([2, 2, 1, 2]);
    data.forEach((value, i) => expect(value).toBeCloseTo([-1, -1, 1, 1, -1, -1, 1, 1][i]!, 5));
    expect(image.data[0]).toBe(1);
  });

  test('takes whole numbers and adds epsilon to the deviation', () => {
    const { data } = normalize({ shape: [1, 2, 1], data: Uint16Array.of(0, 2) }, { epsilon: 1 });
    expect([...data]).toEqual([-0.5, 0.5]);
  });

  test('a constant plane becomes exactly 0', () => {
    const image = { shape: [1, 3, 1], data: Float32Array.of(0.1, 0.1, 0.1) };
    expect([...normalize(image).data]).toEqual([0, 0, 0]);
    expect([...normalizeV061(image).data]).toEqual([0, 0, 0]);
    expect([...normalizeV061(image, { constantPlanes: 'nan' }).data]).toEqual([NaN, NaN, NaN]);
  });

  test('an image without pixels stays so', () => {
    expect(normalize({ shape: [1, 0, 4, 1], data: new Float32Array(0) }).data).toHaveLength(0);
  });

  test('refuses ranks below 3 and a negative epsilon', () => {
    const plane = { shape: [2, 2], data: new Float32Array(4) };
    expect(() => normalize(plane)).toThrow('normalize: image has shape (2, 2); (batch, …, channels)');
    expect(() => normalize(plane, { epsilon: -1 })).toThrow('epsilon is -1');
  });
});

describe('quantileNormalize', () => {
  const rows = 41;
  const columns = 21;
  // Every second pixel of every second row holds 0 … 230; what lies between must not count.
  const data = new Float32Array(rows * columns).fill(1e6);
  for (let i = 0; i < 231; i += 1) data[Math.floor(i / 11) * 2 * columns + (i % 11) * 2] = 230 - i;

  test('takes nearest-rank quantiles of every second pixel of every second row of the whole image', () => {
    // floor(230 · 0.01 + 0.5) = 2 and floor(230 · 0.998 + 0.5) = 230
    const { data: result } = quantileNormalize({ shape: [rows, columns, 1], data });
    expect(result[0]).toBe(1);
    expect(result[2]).toBe(Math.fround((229 - 2) / 228));
    expect(result[rows * columns - 1]).toBe(Math.fround(-2 / 228));
  });

  test('treats batch items and channels one by one', () => {
    const image = { shape: [2, 1, 3, 2], data: Float32Array.of(0, 5, 9, 9, 4, 6, 10, 0, 9, 9, 30, 8) };
    const { data: result } = quantileNormalize(image);
    expect([0, 4, 1, 5, 6, 10, 7, 11].map((i) => result[i])).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  test('a constant image becomes 0 and noise below epsilon is not blown up', () => {
    const constant = quantileNormalize({ shape: [2, 2, 1], data: new Float32Array(4).fill(7) });
    expect([...constant.data]).toEqual([0, 0, 0, 0]);
    const faint = quantileNormalize({ shape: [1, 3, 1], data: Float32Array.of(0, 0, 1e-8) });
    expect(faint.data[2]).toBeCloseTo(0.01, 6);
  });

  test('refuses quantiles out of order and other ranks', () => {
    const image = { shape: [2, 2, 1], data: new Float32Array(4) };
    expect(() => quantileNormalize(image, { low: 0.9, high: 0.1 })).toThrow('quantiles 0.9 and 0.1');
    expect(() => quantileNormalize({ shape: [2, 2], data: image.data })).toThrow('its rank must be 3 or 4');
  });
});
