import type { LabelArray, NdArray } from '../array/nd-array.js';

/**
 * The cell that each spot lies in: the label at its row and column, cut to whole pixels; 0 for none, also outside the
 * image.
 *
 * @param points (spots, 2): rows and columns in pixels
 * @param labels (rows, columns)
 * @throws {RangeError} for other shapes
 */
export function assignSpots(points: NdArray<Float64Array>, labels: LabelArray): Int32Array {
  if (points.shape.length !== 2 || points.shape[1] !== 2 || labels.shape.length !== 2) {
    throw new RangeError(
      `assignSpots: points of shape (${points.shape.join(', ')}) and labels of shape (${labels.shape.join(', ')}); ` +
        '(spots, 2) and (rows, columns) are accepted',
    );
  }
  const [rows, columns] = labels.shape as [number, number];
  const cells = new Int32Array(points.shape[0]!);
  for (let i = 0; i < cells.length; i++) {
    const row = Math.trunc(points.data[2 * i]!);
    const column = Math.trunc(points.data[2 * i + 1]!);
    if (row >= 0 && row < rows && column >= 0 && column < columns) cells[i] = labels.data[row * columns + column]!;
  }
  return cells;
}
