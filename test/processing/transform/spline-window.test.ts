import { describe, expect, test } from '@jest/globals';
import { splineWindow } from '../../../src/processing/transform/spline-window.js';

describe('splineWindow', () => {
  test('is 1 where no neighbour overlaps', () => {
    expect([...splineWindow(4, 0, 0)]).toEqual([1, 1, 1, 1]);
  });

  test('is 1 for an overlap of a single sample', () => {
    expect([...splineWindow(3, 1, 1)]).toEqual([1, 1, 1]);
  });

  test.each([2, 8, 16, 128])('neighbours with an overlap of %i add up to 1 / (1 − 1 / (2 · overlap²))', (overlap) => {
    const falling = splineWindow(2 * overlap, 0, overlap);
    const rising = splineWindow(2 * overlap, overlap, 0);
    for (let i = 0; i < overlap; i++) {
      expect(falling[overlap + i]! + rising[i]!).toBeCloseTo(1 / (1 - 1 / (2 * overlap ** 2)), 12);
    }
  });

  test('refuses overlaps that do not fit', () => {
    expect(() => splineWindow(10, 6, 5)).toThrow('splineWindow: overlaps of 6 and 5 do not fit into 10 samples');
    expect(() => splineWindow(10, -1, 5)).toThrow(RangeError);
  });
});
