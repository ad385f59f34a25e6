import type { NdArray } from '../../processing/array/nd-array.js';

/**
 * An image of half the size: each pixel is the mean of the four that it covers, fewer at the lower and right border of
 * an image of odd size.
 *
 * @param plane (rows, columns)
 * @returns     float32 (⌈rows / 2⌉, ⌈columns / 2⌉)
 */
export function halveByMean(plane: NdArray<Float32Array>): NdArray<Float32Array> {
  const [rows, columns] = plane.shape as [number, number];
  const shape = halfOf(plane.shape);
  const data = new Float32Array(shape[0] * shape[1]);
  for (let row = 0; row < shape[0]; row += 1) {
    const upper = 2 * row * columns;
    const lower = 2 * row + 1 < rows ? upper + columns : upper;
    for (let column = 0; column < shape[1]; column += 1) {
      const left = 2 * column;
      const right = left + 1 < columns ? left + 1 : left;
      // A pixel taken twice at the border leaves the mean as it is.
      const sum =
        plane.data[upper + left]! + plane.data[upper + right]! + plane.data[lower + left]! + plane.data[lower + right]!;
      data[row * shape[1] + column] = sum / 4;
    }
  }
  return { shape, data };
}

/**
 * A label image of half the size: each pixel is the upper left one of the four that it covers, since labels have no mean.
 *
 * @param plane (rows, columns)
 * @returns     int32 (⌈rows / 2⌉, ⌈columns / 2⌉)
 */
export function halveByChoice(plane: NdArray<Int32Array>): NdArray<Int32Array> {
  const columns = plane.shape[1]!;
  const shape = halfOf(plane.shape);
  const data = new Int32Array(shape[0] * shape[1]);
  for (let row = 0; row < shape[0]; row += 1) {
    for (let column = 0; column < shape[1]; column += 1) {
      data[row * shape[1] + column] = plane.data[2 * row * columns + 2 * column]!;
    }
  }
  return { shape, data };
}

function halfOf(shape: readonly number[]): [rows: number, columns: number] {
  return [Math.ceil(shape[0]! / 2), Math.ceil(shape[1]! / 2)];
}
