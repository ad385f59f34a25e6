import { volumeOf } from '../array/checks.js';
import type { NdArray } from '../array/nd-array.js';
import { convolvePlane, convolvePlanes } from './convolve-symmetric.js';

/** The kernel ends at this many standard deviations. */
const TRUNCATE = 4;
/** Below this a sigma leaves its axis alone. */
const LEAST_SIGMA = 1e-15;

/**
 * Gaussian filter, one axis after another (slowest first). The image is mirrored at its borders with the edge pixel repeated
 * (… b a | a b …). Sums are float64 in a fixed order, from the centre and then from the outermost pair inwards, and stored as
 * float32 after every axis: later thresholds and floods follow bit by bit.
 *
 * @param image float32, shape (rows, columns) or (planes, rows, columns)
 * @param sigma standard deviation in pixels, for all axes; 0 gives a copy
 * @throws {RangeError} if the rank is neither 2 nor 3, or `sigma` is not a finite number ≥ 0
 * @see scipy `ndimage.gaussian_filter`: equal to the bit
 */
export function gaussian(image: NdArray<Float32Array>, sigma: number): NdArray<Float32Array> {
  const { planes, rows, columns } = volumeOf('gaussian', 'image', image);
  if (!(sigma >= 0 && sigma < Infinity)) {
    throw new RangeError(`gaussian: sigma is ${sigma}; it must be a finite number of pixels ≥ 0`);
  }
  if (sigma <= LEAST_SIGMA) return { shape: image.shape, data: image.data.slice() };
  const weights = gaussianWeights(sigma);
  const volume = image.shape.length === 3 ? convolvePlanes(image.data, planes, weights) : image.data;
  const data = new Float32Array(volume.length);
  for (let first = 0; first < volume.length; first += rows * columns) {
    convolvePlane(volume, data, { first, rows, columns }, weights);
  }
  return { shape: image.shape, data };
}

/** Weights of the centre and of the pixels 1 … radius away; with both sides they sum to 1. */
function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const weights = new Float64Array(radius + 1);
  for (let k = 0; k <= radius; k += 1) weights[k] = Math.exp((-0.5 / (sigma * sigma)) * (k * k));
  const full = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => weights[Math.abs(i - radius)]!);
  const sum = pairwiseSum(full, 0, full.length);
  return weights.map((weight) => weight / sum);
}

/** Sums as numpy does, so that the normalised weights are the same numbers: eight running sums, halves beyond 128. */
function pairwiseSum(values: Float64Array, first: number, count: number): number {
  if (count < 8) {
    let sum = 0;
    for (let i = first; i < first + count; i += 1) sum += values[i]!;
    return sum;
  }
  if (count > 128) {
    let half = Math.floor(count / 2);
    half -= half % 8;
    return pairwiseSum(values, first, half) + pairwiseSum(values, first + half, count - half);
  }
  const lanes = values.slice(first, first + 8);
  const whole = count - (count % 8);
  for (let i = 8; i < whole; i += 1) lanes[i % 8]! += values[first + i]!;
  const [a, b, c, d, e, f, g, h] = lanes;
  let sum = a! + b! + (c! + d!) + (e! + f! + (g! + h!));
  for (let i = whole; i < count; i += 1) sum += values[first + i]!;
  return sum;
}
