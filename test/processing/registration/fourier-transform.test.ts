import { describe, expect, test } from '@jest/globals';
import { fourierTransform } from '../../../src/processing/registration/fourier-transform.js';

function slow(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const n = re.length;
  const out: [Float64Array, Float64Array] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const angle = (-2 * Math.PI * ((k * i) % n)) / n;
      out[0][k]! += re[i]! * Math.cos(angle) - im[i]! * Math.sin(angle);
      out[1][k]! += re[i]! * Math.sin(angle) + im[i]! * Math.cos(angle);
    }
  }
  return out;
}

describe('fourierTransform', () => {
  test.each([1, 2, 3, 8, 13, 48, 60, 64, 101])('agrees with the definition for a length of %i', (n) => {
    const re = Float64Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) + (i % 3));
    const im = Float64Array.from({ length: n }, (_, i) => Math.cos(i * 0.3));
    const [wantedRe, wantedIm] = slow(re, im);
    const transform = fourierTransform(n);
    transform(re, im);
    for (let k = 0; k < n; k++) {
      expect(re[k]).toBeCloseTo(wantedRe[k]!, 9);
      expect(im[k]).toBeCloseTo(wantedIm[k]!, 9);
    }
  });

  test('swapped arguments invert it, but for the length', () => {
    const re = Float64Array.of(1, 2, 3, 4, 5);
    const im = new Float64Array(5);
    const transform = fourierTransform(5);
    transform(re, im);
    transform(im, re);
    [1, 2, 3, 4, 5].forEach((value, i) => expect(re[i]! / 5).toBeCloseTo(value, 12));
  });

  test.each([0, -4, 2.5])('refuses a length of %p', (n) => {
    expect(() => fourierTransform(n)).toThrow(RangeError);
  });
});
