import type { FloatArray } from '../array/nd-array.js';
import { mapPlanes } from './map-planes.js';
import { percentile } from './percentile.js';

export interface PercentileThresholdOptions {
  /** Percent of the non-zero pixels of a plane that stay as they are. @default 99.9 */
  readonly percentile?: number;
}

/**
 * Cuts off bright pixels: in each channel of each image, pixels above a percentile of the non-zero ones (negative ones included)
 * become that percentile, rounded to float32. A plane without non-zero pixels stays 0.
 *
 * @param image float32, shape (batch, …, channels)
 * @returns float32, same shape
 * @throws {RangeError} if the rank is below 3, or `percentile` is outside 0 … 100
 * @see deepcell-toolbox 0.12.1 `percentile_threshold`
 */
export function percentileThreshold(image: FloatArray, options: PercentileThresholdOptions = {}): FloatArray {
  const { percentile: percent = 99.9 } = options;
  return mapPlanes('percentileThreshold', image, (source, target) => {
    const used = source.filter((value) => value !== 0);
    if (used.length === 0) return;
    const greatest = Math.fround(percentile(used, percent));
    for (let i = 0; i < source.length; i += 1) {
      const value = source[i]!;
      target[i] = value > greatest ? greatest : value;
    }
  });
}
