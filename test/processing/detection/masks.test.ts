import { describe, expect, test } from '@jest/globals';
import { drawDetections } from '../../../src/processing/detection/draw-detections.js';
import type { PastedMask } from '../../../src/processing/detection/paste-masks.js';
import { pasteMask, sharedPixels } from '../../../src/processing/detection/paste-masks.js';
import { sortMasks } from '../../../src/processing/detection/sort-masks.js';

const FULL = new Float32Array(16).fill(1);

/** A mask that fills its box, in an image of 12 × 12. */
function block(x1: number, y1: number, x2: number, y2: number): PastedMask {
  return pasteMask(FULL, [4, 4], [x1, y1, x2, y2], [12, 12], 0.5);
}

describe('pasteMask', () => {
  test('box corners are cut to whole pixels', () => {
    expect(block(1.9, 2.2, 5.9, 4.8)).toMatchObject({ row: 2, column: 1, rows: 2, columns: 4, area: 8 });
  });

  test('what reaches beyond the image is left away', () => {
    expect(block(-3, 10, 2, 20)).toMatchObject({ row: 10, column: 0, rows: 2, columns: 2, area: 4 });
  });

  test.each([
    [5, 5, 5, 9],
    [5, 5, 4, 9],
    [20, 20, 30, 30],
    [Number.NaN, 0, 4, 4],
  ])('an empty box, or one outside, gives an empty mask: %p %p %p %p', (x1, y1, x2, y2) => {
    expect(block(x1, y1, x2, y2).area).toBe(0);
  });

  test('the mask is stretched to the box before it becomes binary', () => {
    const half = Float32Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : 0));
    const mask = pasteMask(half, [4, 4], [0, 0, 8, 8], [12, 12], 0.5);
    expect([...mask.data.subarray(0, 8)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });
});

describe('sortMasks', () => {
  test('counts shared pixels', () => {
    expect(sharedPixels(block(0, 0, 4, 4), block(2, 1, 6, 3))).toBe(4);
    expect(sharedPixels(block(0, 0, 4, 4), block(4, 0, 6, 3))).toBe(0);
  });

  test('masks are free, overlapping, or dropped where three lie upon each other', () => {
    const free = block(8, 8, 12, 12);
    const pair = [block(0, 0, 4, 4), block(3, 0, 7, 4)];
    expect(sortMasks([...pair, free], 0.25)).toEqual({ free: [free], overlapping: pair });
    const stack = [block(0, 0, 4, 4), block(0, 0, 4, 5), block(0, 0, 5, 4)];
    expect(sortMasks(stack, 0.25)).toEqual({ free: [], overlapping: [] });
    expect(sortMasks([block(5, 5, 5, 5)], 0.25)).toEqual({ free: [], overlapping: [] });
  });
});

describe('drawDetections', () => {
  test('overlapping masks share what both claim, behind the free ones', () => {
    const labels = drawDetections(
      { free: [block(0, 8, 2, 10)], overlapping: [block(0, 0, 6, 1), block(4, 0, 10, 1)] },
      12,
      12,
    );
    expect([...labels.subarray(0, 12)]).toEqual([2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 0, 0]);
    expect(labels[8 * 12]).toBe(1);
  });

  test('a mask without a pixel of its own vanishes and leaves no gap', () => {
    const masks = [block(0, 0, 9, 1), block(2, 0, 4, 1), block(8, 0, 12, 1)];
    const labels = drawDetections({ free: [], overlapping: masks }, 12, 12);
    expect([...new Set(labels)].toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});
