import { requireInteger, requireRank } from '../array/checks.js';
import type { FloatArray } from '../array/nd-array.js';
import { orderStatistics } from '../structures/order-statistics.js';
import { mapPlanes } from './map-planes.js';

export interface QuantileNormalizeOptions {
  /** Quantile that becomes 0. @default 0.01 */
  readonly low?: number;
  /** Quantile that becomes 1. @default 0.998 */
  readonly high?: number;
  /** Quantiles are taken of every step-th pixel of every step-th row. @default 2 */
  readonly step?: number;
  /** Least difference of the quantiles, in the image's unit, so that an empty image is not blown up. @default 1e-6 */
  readonly epsilon?: number;
}

/**
 * Stretches each channel so that a low quantile of it becomes 0 and a high one 1: (x − lo) / max(hi − lo, epsilon). Values outside
 * the quantiles are not cut off. Quantiles are elements, not interpolated: number ⌊(n − 1)·q + ½⌋ in ascending order.
 *
 * Give it the whole image: quantiles of a tile are not those of the image.
 *
 * @param image float32, shape (rows, columns, channels) or (batch, rows, columns, channels)
 * @returns float32, same shape
 * @throws {RangeError} if the rank is neither 3 nor 4, or an option is out of range
 */
export function quantileNormalize(image: FloatArray, options: QuantileNormalizeOptions = {}): FloatArray {
  const { low = 0.01, high = 0.998, step = 2, epsilon = 1e-6 } = options;
  requireRank('quantileNormalize', 'image', image, [3, 4]);
  requireInteger('quantileNormalize', 'step', step, 1);
  if (!(low >= 0 && low <= high && high <= 1)) {
    throw new RangeError(`quantileNormalize: quantiles ${low} and ${high}; 0 ≤ low ≤ high ≤ 1 is accepted`);
  }
  if (!(epsilon > 0)) throw new RangeError(`quantileNormalize: epsilon is ${epsilon}; it must be above 0`);
  const batch = image.shape.length === 3 ? [1, ...image.shape] : image.shape;
  const [, rows, columns] = batch as [number, number, number, number];
  const { data } = mapPlanes('quantileNormalize', { shape: batch, data: image.data }, (source, target) => {
    const sample = every(step, source, rows, columns);
    const ranks = [low, high].map((quantile) => Math.floor((sample.length - 1) * quantile + 0.5));
    const [lowest, highest] = orderStatistics(sample, ranks) as [number, number];
    const scale = Math.max(highest - lowest, epsilon);
    for (let i = 0; i < source.length; i += 1) target[i] = (source[i]! - lowest) / scale;
  });
  return { shape: image.shape, data };
}

function every(step: number, source: Float32Array, rows: number, columns: number): Float32Array {
  const sample = new Float32Array(Math.ceil(rows / step) * Math.ceil(columns / step));
  let place = 0;
  for (let row = 0; row < rows; row += step) {
    for (let column = 0; column < columns; column += step) {
      sample[place] = source[row * columns + column]!;
      place += 1;
    }
  }
  return sample;
}
