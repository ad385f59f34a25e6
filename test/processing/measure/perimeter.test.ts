import { describe, expect, test } from '@jest/globals';
import { perimeter } from '../../../src/processing/measure/perimeter.js';

describe('perimeter', () => {
  test('a square of 4 × 4 pixels is 12 long: its border pixels are joined by steps of 1', () => {
    const mask = new Uint8Array(36);
    for (let r = 1; r < 5; r++) mask.fill(1, r * 6 + 1, r * 6 + 5);
    expect(perimeter(mask, 6, 6)).toBe(12);
  });

  test('the edge of the array is outside the object', () => {
    expect(perimeter(new Uint8Array(16).fill(1), 4, 4)).toBe(12);
  });

  test('a diamond is measured along its diagonals', () => {
    const mask = Uint8Array.of(0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0);
    expect(perimeter(mask, 5, 5)).toBeCloseTo(8 * Math.SQRT2, 12);
  });

  test('a single pixel, and nothing, have no length', () => {
    expect(perimeter(Uint8Array.of(1), 1, 1)).toBe(0);
    expect(perimeter(new Uint8Array(0), 0, 0)).toBe(0);
  });
});
