import { volumeOf } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';

/**
 * Inner boundaries: 1 where a pixel of an object has a neighbour (sharing an edge: 4, or 6 in 3-D) inside the image with another
 * label; 0 counts as another label, the border of the image does not make a boundary.
 *
 * @param labels label image, shape (rows, columns) or (planes, rows, columns)
 * @returns uint8, same shape
 * @throws {RangeError} if the rank is neither 2 nor 3
 * @see scikit-image `segmentation.find_boundaries(mode='inner')`
 */
export function findBoundaries(labels: LabelArray): NdArray<Uint8Array> {
  const { planes, rows, columns } = volumeOf('findBoundaries', 'labels', labels);
  const source = labels.data;
  const data = new Uint8Array(source.length);
  const slice = rows * columns;
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const first = plane * slice + row * columns;
      const last = first + columns;
      markBetween(source, data, first, last - 1, 1);
      if (row + 1 < rows) markBetween(source, data, first, last, columns);
      if (plane + 1 < planes) markBetween(source, data, first, last, slice);
    }
  }
  return { shape: labels.shape, data };
}

/** Marks both sides wherever the label at i, from `first` to before `last`, differs from the one at i + step. */
function markBetween(labels: Int32Array, marks: Uint8Array, first: number, last: number, step: number): void {
  for (let i = first; i < last; i += 1) {
    const here = labels[i]!;
    const there = labels[i + step]!;
    if (here === there) continue;
    if (here !== 0) marks[i] = 1;
    if (there !== 0) marks[i + step] = 1;
  }
}
