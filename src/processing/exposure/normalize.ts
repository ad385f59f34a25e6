import type { FloatArray } from '../array/nd-array.js';
import type { Numbers } from './map-planes.js';
import { mapPlanes } from './map-planes.js';

export interface NormalizeOptions {
  /** Added to the standard deviation before dividing by it. @default 1e-7 */
  readonly epsilon?: number;
}

export interface NormalizeV061Options {
  /** What a constant plane becomes: zeros, or NaN as in the original (0/0). @default 'zero' */
  readonly constantPlanes?: 'zero' | 'nan';
}

/**
 * Each channel of each image to mean 0 and (population) standard deviation 1: (x − mean) / (deviation + epsilon). A constant plane
 * becomes exactly 0. Sums are float64.
 *
 * @param image shape (batch, …, channels), any number type
 * @returns float32, same shape
 * @throws {RangeError} if the rank is below 3, or `epsilon` is negative
 * @see deepcell-toolbox 0.12.1 `normalize`, which sums in float32
 */
export function normalize(image: Numbers, options: NormalizeOptions = {}): FloatArray {
  const { epsilon = 1e-7 } = options;
  if (!(epsilon >= 0)) throw new RangeError(`normalize: epsilon is ${epsilon}; it must be ≥ 0`);
  return mapPlanes('normalize', image, (source, target) => standardize(source, target, epsilon, 0));
}

/**
 * The same without epsilon.
 *
 * @see deepcell-toolbox 0.6.1 `normalize`
 */
export function normalizeV061(image: Numbers, options: NormalizeV061Options = {}): FloatArray {
  const constant = options.constantPlanes === 'nan' ? NaN : 0;
  return mapPlanes('normalize', image, (source, target) => standardize(source, target, 0, constant));
}

function standardize(source: Float32Array, target: Float32Array, epsilon: number, constant: number): void {
  const size = source.length;
  const first = source[0]!;
  let sum = 0;
  let isConstant = true;
  for (let i = 0; i < size; i += 1) {
    const value = source[i]!;
    sum += value;
    if (value !== first) isConstant = false;
  }
  if (isConstant) {
    target.fill(constant);
    return;
  }
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i += 1) {
    const difference = source[i]! - mean;
    squares += difference * difference;
  }
  const scale = 1 / (Math.sqrt(squares / size) + epsilon);
  for (let i = 0; i < size; i += 1) target[i] = (source[i]! - mean) * scale;
}
