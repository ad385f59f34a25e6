import type { TypedArray } from '../array/nd-array.js';
import { reflectIndex } from './pad-reflect.js';

type Numbers = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** What an axis continues with: zeros, or itself mirrored about the centre of its edge element. */
export type Outside = 'zero' | 'mirror';

/**
 * Bilinear resizing after Gaussian anti-aliasing: along each axis that shrinks by a factor f the image is blurred with
 * sigma (f − 1) / 2 (radius floor(4 sigma + 0.5)), then sampled at (i + 0.5) · n / n' − 0.5. The result is clipped to the
 * range of the input; with zeros outside, exact zeros stay. Source: `skimage.transform.resize` 0.19, order 1.
 *
 * @param image (rows, columns, channels), not empty
 * @returns float64 (rows, columns, channels) of the new shape
 */
export function resizeAntiAliased(
  image: Numbers,
  [rows, columns, channels]: readonly [number, number, number],
  [outRows, outColumns]: readonly [number, number],
  outside: Outside = 'zero',
): Float64Array {
  const byRow = axisWeights(rows, outRows, outside);
  const byColumn = axisWeights(columns, outColumns, outside);
  // Blur and interpolation are linear and separable, so that each axis is one weighted sum.
  const tall = new Float64Array(outRows * columns * channels);
  weightedSums(image, tall, byRow, 1, columns * channels, rows);
  const out = new Float64Array(outRows * outColumns * channels);
  weightedSums(tall, out, byColumn, outRows, channels, columns);
  clip(out, image, outside === 'zero');
  return out;
}

interface AxisWeights {
  /** Terms of output i: from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  readonly weights: Float64Array;
}

/** For each output sample the source samples and weights of blur and interpolation together. */
function axisWeights(from: number, to: number, outside: Outside): AxisWeights {
  const kernel = gaussianKernel(Math.max(0, (from / to - 1) / 2));
  const radius = (kernel.length - 1) / 2;
  const starts = new Int32Array(to + 1);
  const sources: number[] = [];
  const weights: number[] = [];
  const add = (centre: number, share: number): void => {
    const inside = outside === 'mirror' ? reflectIndex(centre, from) : centre;
    if (share === 0 || inside < 0 || inside >= from) return;
    for (let k = -radius; k <= radius; k++) {
      const source = outside === 'mirror' ? reflectIndex(inside + k, from) : inside + k;
      if (source < 0 || source >= from) continue;
      sources.push(source);
      weights.push(share * kernel[k + radius]!);
    }
  };
  for (let i = 0; i < to; i++) {
    const position = ((i + 0.5) * from) / to - 0.5;
    const low = Math.floor(position);
    add(low, 1 - (position - low));
    add(low + 1, position - low);
    starts[i + 1] = sources.length;
  }
  return { starts, sources: Int32Array.from(sources), weights: Float64Array.from(weights) };
}

function weightedSums(
  source: ArrayLike<number>,
  out: Float64Array,
  axis: AxisWeights,
  outer: number,
  inner: number,
  length: number,
): void {
  const { starts, sources, weights } = axis;
  const outLength = starts.length - 1;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < outLength; i++) {
      const target = (o * outLength + i) * inner;
      for (let term = starts[i]!; term < starts[i + 1]!; term++) {
        const start = (o * length + sources[term]!) * inner;
        const weight = weights[term]!;
        for (let k = 0; k < inner; k++) out[target + k] = out[target + k]! + source[start + k]! * weight;
      }
    }
  }
}

function gaussianKernel(sigma: number): Float64Array {
  if (sigma <= 1e-15) return Float64Array.of(1);
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

function clip(out: Float64Array, image: Numbers, keepZeros: boolean): void {
  let least = Infinity;
  let greatest = -Infinity;
  for (const value of image) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  for (let i = 0; i < out.length; i++) {
    const value = out[i]!;
    if (value === 0 && keepZeros) continue;
    if (value < least) out[i] = least;
    else if (value > greatest) out[i] = greatest;
  }
}
