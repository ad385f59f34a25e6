import { requireInteger, requireRank } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import type { Box } from '../measure/label-boxes.js';
import { labelBoxes } from '../measure/label-boxes.js';
import { labelTable } from '../measure/label-table.js';

/**
 * Fills small holes, object by object in ascending order of label.
 *
 * An object is touched only if its Euler number (pieces, joined by corners, minus enclosed holes) is below 1. Then, in its bounding
 * box, every small component of "not this object" becomes part of it: also a pocket cut off by the corner of the box, and another
 * small object that lies in the box, as in the reference implementation.
 *
 * @param labels label image, shape (rows, columns)
 * @param size   holes with fewer pixels than this are filled
 * @param connectivity of the holes: 1 = shared edges, 2 = corners too
 * @throws {RangeError} if the rank is not 2, or a number is out of range
 * @see deepcell-toolbox ≥ 0.10.2 `fill_holes`
 */
export function fillHoles(labels: LabelArray, size = 10, connectivity = 1): LabelArray {
  requireRank('fillHoles', 'labels', labels, [2]);
  requireInteger('fillHoles', 'connectivity', connectivity, 1, 2);
  const [rows, columns] = labels.shape as [number, number];
  const filled = { shape: labels.shape, data: labels.data.slice() };
  for (const box of labelBoxes(labels.data, { planes: 1, rows, columns })) {
    if (eulerNumber(labels.data, columns, box) < 1) fillInBox(filled.data, columns, box, size, connectivity);
  }
  return filled;
}

/**
 * Pieces (8 neighbours) minus holes (4 neighbours) of one label, counted from the patterns of 2 × 2 pixels.
 * @see Gray 1971, doi:10.1109/T-C.1971.223289
 */
function eulerNumber(labels: Int32Array, columns: number, box: Box): number {
  const { firstRow, lastRow, firstColumn, lastColumn } = box;
  let single = 0;
  let triple = 0;
  let diagonal = 0;
  for (let row = firstRow - 1; row <= lastRow; row += 1) {
    for (let column = firstColumn - 1; column <= lastColumn; column += 1) {
      const a = isMember(row, column);
      const b = isMember(row, column + 1);
      const c = isMember(row + 1, column);
      const d = isMember(row + 1, column + 1);
      const count = a + b + c + d;
      if (count === 1) single += 1;
      else if (count === 3) triple += 1;
      else if (count === 2 && a === d) diagonal += 1;
    }
  }
  return (single - triple - 2 * diagonal) / 4;

  function isMember(row: number, column: number): number {
    if (row < firstRow || row > lastRow || column < firstColumn || column > lastColumn) return 0;
    return labels[row * columns + column] === box.label ? 1 : 0;
  }
}

function fillInBox(labels: Int32Array, columns: number, box: Box, size: number, connectivity: number): void {
  const height = box.lastRow - box.firstRow + 1;
  const width = box.lastColumn - box.firstColumn + 1;
  const outside = new Uint8Array(height * width);
  for (let row = 0; row < height; row += 1) {
    const first = (box.firstRow + row) * columns + box.firstColumn;
    for (let column = 0; column < width; column += 1) {
      outside[row * width + column] = labels[first + column] === box.label ? 0 : 1;
    }
  }
  const holes = label({ shape: [height, width], data: outside }, { connectivity }).labels.data;
  const { areas } = labelTable('fillHoles', holes);
  for (let row = 0; row < height; row += 1) {
    const first = (box.firstRow + row) * columns + box.firstColumn;
    for (let column = 0; column < width; column += 1) {
      const hole = holes[row * width + column]!;
      if (hole > 0 && areas[hole - 1]! < size) labels[first + column] = box.label;
    }
  }
}
