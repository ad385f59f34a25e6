import type { Random } from './random.js';

/** One float plane in C order. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

export function newPlane(rows: number, columns: number): Plane {
  return { rows, columns, data: new Float32Array(rows * columns) };
}

/** Gaussian blur, `sigma` in pixels; the border pixels are repeated outwards. */
export function blur(plane: Plane, sigma: number): Plane {
  const weights = gaussianWeights(sigma);
  const { rows, columns } = plane;
  const across = blurLines(plane.data, { lines: rows, lineStep: columns, length: columns, step: 1 }, weights);
  return {
    rows,
    columns,
    data: blurLines(across, { lines: columns, lineStep: 1, length: rows, step: columns }, weights),
  };
}

/** Smooth noise of mean 0 and deviation 1; `sigma` (pixels) is the size of its grains. */
export function smoothNoise(rows: number, columns: number, sigma: number, random: Random): Plane {
  const noise = blur(
    { rows, columns, data: Float32Array.from({ length: rows * columns }, () => random.normal()) },
    sigma,
  );
  const mean = noise.data.reduce((sum, value) => sum + value, 0) / noise.data.length;
  const variance = noise.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.data.length;
  return { rows, columns, data: noise.data.map((value) => (value - mean) / Math.sqrt(variance)) };
}

interface Lines {
  readonly lines: number;
  readonly lineStep: number;
  readonly length: number;
  readonly step: number;
}

function blurLines(data: Float32Array, { lines, lineStep, length, step }: Lines, weights: Float64Array): Float32Array {
  const blurred = new Float32Array(data.length);
  const reach = (weights.length - 1) / 2;
  const last = length - 1;
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0, at = i - reach; k < weights.length; k++, at++) {
        const inside = at < 0 ? 0 : at > last ? last : at;
        sum += weights[k]! * data[start + inside * step]!;
      }
      blurred[start + i * step] = sum;
    }
  }
  return blurred;
}

/** Up to three sigmas to each side, sum 1. */
function gaussianWeights(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
