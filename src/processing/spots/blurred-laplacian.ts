import type { FloatArray } from '../array/nd-array.js';
import { reflectIndex } from '../transform/pad-reflect.js';
import { minMaxNormalize } from './min-max-normalize.js';

/** Bilateral filter: pixels within this distance, and how fast weights fall with distance and with difference. */
const RADIUS = 2;
const SIGMA_SPACE = 9;
const SIGMA_VALUE = 0.09;

const GAUSSIAN = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16);
const LAPLACIAN = [2, 0, 2, 0, -8, 0, 2, 0, 2];

/** A neighbourhood: offsets in rows and columns. */
interface Offsets {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/**
 * Brings out spots for a spot model: min-max to 0 … 1, bilateral filter (5 px), 3×3 Gaussian, absolute 3×3 Laplacian,
 * min-max to 0 … 1. Borders mirror about the centre of the edge pixel. A constant image gives zeros.
 *
 * Source: the pre-processing of deepcell-spots since 2025-07 (there through OpenCV; agrees to 2e-6).
 *
 * @param image (batch, rows, columns, 1) float32; each image on its own
 * @param clip limit to the 0.01 and 99.9 percentiles first. Default false
 * @throws {RangeError} for another shape
 */
export function blurredLaplacian(image: FloatArray, clip = false): FloatArray {
  const [batches, rows, columns, channels] = image.shape as [number, number, number, number];
  if (image.shape.length !== 4 || channels !== 1) {
    throw new RangeError(`blurredLaplacian: shape (${image.shape.join(', ')}); (batch, rows, columns, 1) is accepted`);
  }
  const data = minMaxNormalize(image, { clip }).data;
  const size = rows * columns;
  for (let batch = 0; batch < batches; batch++) {
    const plane = data.subarray(batch * size, (batch + 1) * size);
    const smooth = convolve(bilateral(plane, rows, columns), rows, columns, GAUSSIAN);
    plane.set(convolve(smooth, rows, columns, LAPLACIAN).map(Math.abs));
  }
  return minMaxNormalize({ shape: image.shape, data });
}

function bilateral(plane: Float32Array, rows: number, columns: number): Float32Array {
  const offsets = disk(RADIUS);
  const near = offsets.rows.map((dy, k) =>
    Math.exp(-(dy * dy + offsets.columns[k]! * offsets.columns[k]!) / (2 * SIGMA_SPACE * SIGMA_SPACE)),
  );
  const steepness = -1 / (2 * SIGMA_VALUE * SIGMA_VALUE);
  const out = new Float32Array(plane.length);
  const { rowTable, columnTable } = borderTables(rows, columns, RADIUS);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const centre = plane[row * columns + column]!;
      let sum = 0;
      let weights = 0;
      for (let k = 0; k < near.length; k++) {
        const line = rowTable[row + offsets.rows[k]! + RADIUS]! * columns;
        const value = plane[line + columnTable[column + offsets.columns[k]! + RADIUS]!]!;
        const weight = near[k]! * Math.exp(steepness * (value - centre) * (value - centre));
        sum += weight * value;
        weights += weight;
      }
      out[row * columns + column] = sum / weights;
    }
  }
  return out;
}

/** 3×3 convolution with a symmetric kernel. */
function convolve(plane: Float32Array, rows: number, columns: number, kernel: readonly number[]): Float32Array {
  const out = new Float32Array(plane.length);
  const { rowTable, columnTable } = borderTables(rows, columns, 1);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < 9; k++) {
        const line = rowTable[row + Math.floor(k / 3)]! * columns;
        sum += kernel[k]! * plane[line + columnTable[column + (k % 3)]!]!;
      }
      out[row * columns + column] = sum;
    }
  }
  return out;
}

function borderTables(rows: number, columns: number, radius: number) {
  const table = (length: number): Int32Array =>
    Int32Array.from({ length: length + 2 * radius }, (_, i) => reflectIndex(i - radius, length));
  return { rowTable: table(rows), columnTable: table(columns) };
}

function disk(radius: number): Offsets {
  const rows: number[] = [];
  const columns: number[] = [];
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      if (dy * dy + dx * dx > radius * radius) continue;
      rows.push(dy);
      columns.push(dx);
    }
  }
  return { rows, columns };
}
