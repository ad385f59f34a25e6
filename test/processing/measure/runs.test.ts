import { describe, expect, test } from '@jest/globals';
import type { Runs } from '../../../src/processing/measure/runs.js';
import { runsAbove, runsOfMask, runsOfPixels, wholeRows } from '../../../src/processing/measure/runs.js';
import { connectSeeds } from '../../../src/processing/segmentation/markers.js';

const volume = { planes: 1, rows: 3, columns: 4 };

/** Each run as `row: first–last pixel`. */
function listed({ begin, end, rowStart }: Runs): string[] {
  const rows = [...rowStart.keys()].slice(0, -1);
  return rows.flatMap((row) =>
    Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, i) => {
      const run = rowStart[row]! + i;
      return `${row}: ${begin[run]}–${end[run]! - 1}`;
    }),
  );
}

describe('runs', () => {
  test('end with their row, and a value equal to the threshold or NaN is not above it', () => {
    const values = Float32Array.of(0, 2, 2, 2, 2, 1, NaN, 2, 0, 0, 0, 0);
    expect(listed(runsAbove(values, 1, volume))).toEqual(['0: 1–3', '1: 4–4', '1: 7–7']);
  });

  test('of pixels are those of a mask that holds them', () => {
    const pixels = Int32Array.of(1, 3, 4, 5, 7, 8, 11);
    const mask = new Uint8Array(12);
    for (const pixel of pixels) mask[pixel] = 1;
    expect(listed(runsOfPixels(pixels, volume))).toEqual(listed(runsOfMask(mask, volume)));
  });

  test('are kept however many there are', () => {
    const mask = Uint8Array.from({ length: 5000 }, (_, i) => i % 2);
    expect(runsOfMask(mask, { planes: 1, rows: 1, columns: 5000 }).count).toBe(2500);
  });

  test('of whole rows cover everything', () => {
    expect(listed(wholeRows(volume))).toEqual(['0: 0–3', '1: 4–7', '2: 8–11']);
  });
});

describe('connectSeeds', () => {
  test('gives seeds that touch, corners included, one label, in raster order', () => {
    const { labels } = connectSeeds(Int32Array.of(0, 3, 5, 6, 8), volume, 2);
    expect([...labels]).toEqual([1, 1, 1, 1, 1]);
    expect([...connectSeeds(Int32Array.of(0, 3, 5, 8), volume, 2).labels]).toEqual([1, 2, 1, 1]);
  });
});
