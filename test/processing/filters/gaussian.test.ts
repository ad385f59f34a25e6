import { describe, expect, test } from '@jest/globals';
import { gaussian } from '../../../src/processing/filters/gaussian.js';
import { floatImage } from '../../support/draw-image.js';

/** Sum of w(k) · value over a mirrored line, in one float64 sum. */
function smoothed(line: readonly number[], at: number, sigma: number): number {
  const radius = Math.floor(4 * sigma + 0.5);
  let sum = 0;
  let weights = 0;
  for (let k = -radius; k <= radius; k += 1) {
    const period = 2 * line.length;
    const place = (((at + k) % period) + period) % period;
    const weight = Math.exp((-k * k) / (2 * sigma * sigma));
    sum += weight * line[Math.min(place, period - 1 - place)]!;
    weights += weight;
  }
  return sum / weights;
}

describe('gaussian', () => {
  test.each([0.5, 1, 2.3])('sigma %d smooths a line, mirrored with its ends repeated', (sigma) => {
    const line = [3, 1, 4, 1, 5, 9, 2];
    const { data } = gaussian(floatImage(line.join(' ')), sigma);
    data.forEach((value, i) => expect(value).toBeCloseTo(smoothed(line, i, sigma), 5));
  });

  test('keeps a constant image, whatever its size', () => {
    for (const [rows, columns] of [
      [1, 1],
      [2, 9],
      [5, 6],
    ] as const) {
      const { data } = gaussian({ shape: [rows, columns], data: new Float32Array(rows * columns).fill(0.25) }, 3);
      data.forEach((value) => expect(value).toBeCloseTo(0.25, 6));
    }
  });

  test('smooths volumes along all three axes', () => {
    const image = { shape: [5, 5, 5], data: new Float32Array(125) };
    image.data[62] = 1;
    const { data } = gaussian(image, 0.7);
    for (const step of [25, 5, 1, -25, -5]) expect(data[62 + step]).toBeCloseTo(data[62 - 1]!, 7);
    expect(data.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
  });

  test('sigma 0 gives a copy', () => {
    const image = floatImage('1 2');
    const copy = gaussian(image, 0);
    expect(copy).toEqual(image);
    expect(copy.data).not.toBe(image.data);
  });

  test('refuses a negative sigma', () => {
    expect(() => gaussian(floatImage('1'), -1)).toThrow('sigma is -1; it must be a finite number of pixels ≥ 0');
  });
});
