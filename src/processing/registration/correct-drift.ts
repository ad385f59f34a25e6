import type { FloatArray, NdArray } from '../array/nd-array.js';
import type { FourierTransform } from './fourier-transform.js';
import { fourierTransform } from './fourier-transform.js';

export interface DriftCorrected {
  readonly frames: FloatArray;
  /** Only if labels were given. */
  readonly labels?: NdArray<Int32Array>;
  /** What each frame was moved by, in whole pixels; the first is not moved. */
  readonly shifts: readonly (readonly [rows: number, columns: number])[];
}

/**
 * Moves the frames of a film by whole pixels so that each fits the one before it: the shift is where the plain circular
 * cross-correlation with the corrected previous frame is greatest (the first such place, row by row). Pixels that would
 * come in from the other side are 0. Labels are moved by the same shifts, exactly: the reference sends them through a
 * Fourier transform and cuts, which lowers many by one.
 *
 * Source: deepcell-toolbox ≤ 0.11.0 `correct_drift`. O(n log n) for each frame, float64.
 *
 * @param frames (frames, rows, columns) or (frames, rows, columns, 1)
 * @param labels of the same shape
 * @returns new arrays of the same shapes
 * @throws {RangeError} for other shapes
 */
export function correctDrift(frames: FloatArray, labels?: NdArray<Int32Array>): DriftCorrected {
  checkShapes(frames.shape, labels?.shape);
  const [count, rows, columns] = frames.shape as [number, number, number];
  const size = rows * columns;
  const data = frames.data.slice();
  const moved = labels?.data.slice();
  const shifts: [number, number][] = [];
  const correlate = size > 0 ? correlator(rows, columns) : undefined;
  for (let t = 0; t < count; t++) {
    if (t === 0 || !correlate) {
      shifts.push([0, 0]);
      continue;
    }
    const shift = correlate(data.subarray((t - 1) * size, t * size), data.subarray(t * size, (t + 1) * size));
    shifts.push(shift);
    shiftFrame(frames.data, data, t * size, rows, columns, shift);
    if (labels && moved) shiftFrame(labels.data, moved, t * size, rows, columns, shift);
  }
  return {
    frames: { shape: frames.shape, data },
    shifts,
    ...(labels && moved && { labels: { shape: labels.shape, data: moved } }),
  };
}

function correlator(rows: number, columns: number) {
  const byRow = fourierTransform(columns);
  const byColumn = fourierTransform(rows);
  const size = rows * columns;
  return (previous: Float32Array, current: Float32Array): [number, number] => {
    const re = Float64Array.from(previous);
    const im = new Float64Array(size);
    transform2d(re, im, rows, columns, byRow, byColumn);
    const currentRe = Float64Array.from(current);
    const currentIm = new Float64Array(size);
    transform2d(currentRe, currentIm, rows, columns, byRow, byColumn);
    for (let i = 0; i < size; i++) {
      const x = re[i]! * currentRe[i]! + im[i]! * currentIm[i]!;
      im[i] = im[i]! * currentRe[i]! - re[i]! * currentIm[i]!;
      re[i] = x;
    }
    // Swapped arguments: the inverse, but for a division that moves no maximum.
    transform2d(im, re, rows, columns, byRow, byColumn);
    let best = 0;
    let greatest = -1;
    for (let i = 0; i < size; i++) {
      const power = re[i]! * re[i]! + im[i]! * im[i]!;
      if (power > greatest) {
        greatest = power;
        best = i;
      }
    }
    return [wrap(Math.floor(best / columns), rows), wrap(best % columns, columns)];
  };
}

function wrap(position: number, length: number): number {
  return position > Math.floor(length / 2) ? position - length : position;
}

function transform2d(
  re: Float64Array,
  im: Float64Array,
  rows: number,
  columns: number,
  byRow: FourierTransform,
  byColumn: FourierTransform,
): void {
  for (let row = 0; row < rows; row++) {
    byRow(re.subarray(row * columns, (row + 1) * columns), im.subarray(row * columns, (row + 1) * columns));
  }
  const columnRe = new Float64Array(rows);
  const columnIm = new Float64Array(rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      columnRe[row] = re[row * columns + column]!;
      columnIm[row] = im[row * columns + column]!;
    }
    byColumn(columnRe, columnIm);
    for (let row = 0; row < rows; row++) {
      re[row * columns + column] = columnRe[row]!;
      im[row * columns + column] = columnIm[row]!;
    }
  }
}

function shiftFrame<T extends Float32Array | Int32Array>(
  source: T,
  target: T,
  offset: number,
  rows: number,
  columns: number,
  [down, right]: readonly [number, number],
): void {
  target.fill(0, offset, offset + rows * columns);
  const firstColumn = Math.max(0, -right);
  const lastColumn = columns - Math.max(0, right);
  for (let row = Math.max(0, -down); row < rows - Math.max(0, down); row++) {
    const line = offset + row * columns;
    target.set(source.subarray(line + firstColumn, line + lastColumn), line + down * columns + firstColumn + right);
  }
}

function checkShapes(shape: readonly number[], labels: readonly number[] | undefined): void {
  if (shape.length !== 3 && !(shape.length === 4 && shape[3] === 1)) {
    throw new RangeError(
      `correctDrift: frames of shape (${shape.join(', ')}); (frames, rows, columns) or (frames, rows, columns, 1) is accepted`,
    );
  }
  if (labels && labels.join() !== shape.join()) {
    throw new RangeError(
      `correctDrift: labels of shape (${labels.join(', ')}) beside frames of shape (${shape.join(', ')})`,
    );
  }
}
