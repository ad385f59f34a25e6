import { describe, expect, test } from '@jest/globals';
import { cellFeatures } from '../../../src/processing/tracking/features/cell-features.js';
import { scaledCrop, windowCrop } from '../../../src/processing/tracking/features/crops.js';
import { filmOf } from './film.js';

const plane = { rows: 4, columns: 4, data: Float32Array.from({ length: 16 }, (_, i) => i) };

describe('crops', () => {
  test('are the pixels themselves at their own size, and means of them at half', () => {
    const same = new Float32Array(4);
    scaledCrop(plane, [1, 1, 3, 3], 2, same);
    expect([...same]).toEqual([5, 6, 9, 10]);
    const half = new Float32Array(4);
    scaledCrop(plane, [0, 0, 4, 4], 2, half);
    expect([...half]).toEqual([2.5, 4.5, 10.5, 12.5]);
  });

  test('repeat the rim when they are enlarged', () => {
    const large = new Float32Array(16);
    scaledCrop(plane, [0, 0, 2, 2], 4, large);
    expect([...large.subarray(0, 4)]).toEqual([0, 0.25, 0.75, 1]);
  });

  test('of a window are 0 outside the plane', () => {
    const window = new Float32Array(9);
    windowCrop(plane, 0.4, 3, 3, window);
    expect([...window]).toEqual([0, 0, 0, 2, 3, 0, 6, 7, 0]);
  });
});

describe('cellFeatures', () => {
  const { labels, raw } = filmOf([
    [
      { label: 3, row: 20, column: 20 },
      { label: 8, row: 0, column: 70, radius: 3 },
    ],
    [{ label: 1, row: 22, column: 20, brightness: 2000 }],
  ]);
  const features = cellFeatures(labels, raw, { appearancePx: 8, neighbourhoodPx: 5 });

  test('come frame by frame, by ascending label', () => {
    expect([...features.centroid.data.subarray(0, 2), ...features.centroid.data.subarray(4)]).toEqual([20, 20, 22, 20]);
    expect(features.film.start).toEqual([0, 2, 3]);
    expect(features.appearance.shape).toEqual([3, 8, 8]);
    expect(features.neighbourhood.shape).toEqual([3, 5, 5]);
  });

  test('tell area, outline and eccentricity', () => {
    const [area, outline, eccentricity] = features.morphology.data;
    expect([area, eccentricity]).toEqual([113, 0]);
    expect(outline! / (2 * Math.PI * 6)).toBeCloseTo(1, 1);
  });

  test('show normalised frames: a cell is bright, its corners are background', () => {
    const picture = features.appearance.data.subarray(0, 64);
    expect(picture[27]).toBeGreaterThan(3);
    expect(picture[0]).toBeLessThan(0);
    expect(features.neighbourhood.data.subarray(0, 25).every((value) => value > 3)).toBe(true);
    const outside = features.neighbourhood.data.subarray(25, 30);
    expect([...outside]).toEqual([0, 0, 0, 0, 0]);
  });
});
