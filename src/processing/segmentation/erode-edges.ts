import type { Volume } from '../array/checks.js';
import { requireInteger, volumeOf } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';
import type { Runs } from '../measure/runs.js';
import { wholeRows } from '../measure/runs.js';

/**
 * Takes the inner boundary off every object, `width` times over; objects that touched end up 2 · width pixels apart. Sides on the
 * border of the image are not eroded.
 *
 * @param labels label image, shape (rows, columns) or (planes, rows, columns)
 * @param width  pixels, ≥ 0; 0 gives a copy
 * @throws {RangeError} if the rank is neither 2 nor 3, or `width` is not a whole number ≥ 0
 * @see deepcell-toolbox 0.12.1 `erode_edges`
 */
export function erodeEdges(labels: LabelArray, width: number): LabelArray {
  const volume = volumeOf('erodeEdges', 'labels', labels);
  requireInteger('erodeEdges', 'width', width, 0);
  const data = labels.data.slice();
  const everywhere = wholeRows(volume);
  for (let time = 0; time < width; time += 1) erodeInPlace(data, volume, everywhere);
  return { shape: labels.shape, data };
}

/**
 * Takes one boundary off, as `findBoundaries` marks it, in one pass. Of what is overwritten, copies of the row and the plane before are
 * kept. A neighbour that lies outside the image is stood in for by the pixel itself, which makes no boundary.
 *
 * @param runs where labels are
 */
export function erodeInPlace(labels: Int32Array, { planes, rows, columns }: Volume, runs: Runs): void {
  const slice = rows * columns;
  let above = new Int32Array(columns);
  let current = new Int32Array(columns);
  const before = new Int32Array(planes > 1 ? slice : 0);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const line = plane * rows + row;
      const first = line * columns;
      current.set(labels.subarray(first, first + columns));
      for (let run = runs.rowStart[line]!; run < runs.rowStart[line + 1]!; run += 1) {
        const begin = runs.begin[run]! - first;
        const end = runs.end[run]! - first;
        erodeRun(labels, first, begin, end, row + 1 < rows ? columns : 0, current, row > 0 ? above : current);
      }
      if (planes > 1) {
        const after = plane + 1 < planes ? slice : 0;
        erodeAcross(labels, first, after, current, before.subarray(row * columns, (row + 1) * columns), plane > 0);
      }
      [above, current] = [current, above];
    }
  }
}

/** @param current the row as it was, and `above` the one before it */
function erodeRun(
  labels: Int32Array,
  first: number,
  begin: number,
  end: number,
  down: number,
  current: Int32Array,
  above: Int32Array,
): void {
  const last = current.length - 1;
  for (let column = begin; column < end; column += 1) {
    const own = current[column]!;
    if (own === 0) continue;
    if (
      (column > 0 && current[column - 1] !== own) ||
      (column < last && current[column + 1] !== own) ||
      above[column] !== own ||
      (down > 0 && labels[first + column + down] !== own)
    ) {
      labels[first + column] = 0;
    }
  }
}

/** The same across planes; `before` holds the row of the plane before if there is one, and is made the row itself. */
function erodeAcross(
  labels: Int32Array,
  first: number,
  after: number,
  current: Int32Array,
  before: Int32Array,
  hasBefore: boolean,
): void {
  for (let column = 0; column < current.length; column += 1) {
    const own = current[column]!;
    const beside = (hasBefore && before[column] !== own) || (after > 0 && labels[first + column + after] !== own);
    if (beside) labels[first + column] = 0;
    before[column] = own;
  }
}
