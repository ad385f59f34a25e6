import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { blurredLaplacian } from '../../../src/processing/spots/blurred-laplacian.js';
import { minMaxNormalize } from '../../../src/processing/spots/min-max-normalize.js';

describe('minMaxNormalize', () => {
  test('stretches each channel of each image by itself', () => {
    const image = ndArray(Float32Array.of(1, 10, 3, 30, 2, -10, 4, 10), [2, 1, 2, 2]);
    expect([...minMaxNormalize(image).data]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(image.data[1]).toBe(10);
  });

  test('clipping takes the brightest thousandth away', () => {
    const image = ndArray(
      Float32Array.from({ length: 10_001 }, (_, i) => (i === 0 ? 1e6 : i)),
      [1, 1, 10_001, 1],
    );
    const { data } = minMaxNormalize(image, { clip: true });
    expect(data[0]).toBe(1);
    expect(data[5000]).toBeCloseTo(0.5, 2);
  });

  test('a constant plane gives zeros, and no pixels give none', () => {
    expect([...minMaxNormalize(ndArray(Float32Array.of(3, 3), [1, 1, 2, 1])).data]).toEqual([0, 0]);
    expect(minMaxNormalize(ndArray(new Float32Array(0), [1, 0, 3, 1]), { clip: true }).data).toHaveLength(0);
  });

  test('refuses an image without a batch axis', () => {
    expect(() => minMaxNormalize(ndArray(new Float32Array(4), [2, 2, 1]))).toThrow(
      'minMaxNormalize: image has shape (2, 2, 1); its rank must be 4',
    );
  });
});

describe('blurredLaplacian', () => {
  test('a spot stands out at its own place', () => {
    const image = ndArray(new Float32Array(81), [1, 9, 9, 1]);
    image.data[4 * 9 + 4] = 100;
    const { data } = blurredLaplacian(image);
    expect(data[4 * 9 + 4]).toBe(1);
    expect(data[0]).toBe(0);
  });

  test('one pixel and a constant image give zeros', () => {
    expect([...blurredLaplacian(ndArray(Float32Array.of(7), [1, 1, 1, 1])).data]).toEqual([0]);
    expect([...blurredLaplacian(ndArray(new Float32Array(6).fill(2), [1, 2, 3, 1])).data]).toEqual(Array(6).fill(0));
  });

  test('refuses several channels', () => {
    expect(() => blurredLaplacian(ndArray(new Float32Array(8), [1, 2, 2, 2]))).toThrow(
      'blurredLaplacian: shape (1, 2, 2, 2); (batch, rows, columns, 1) is accepted',
    );
  });
});
