import { requireInteger, volumeOf } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';
import { findBoundaries } from './find-boundaries.js';

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
  volumeOf('erodeEdges', 'labels', labels);
  requireInteger('erodeEdges', 'width', width, 0);
  const eroded = { shape: labels.shape, data: labels.data.slice() };
  for (let time = 0; time < width; time += 1) {
    const boundary = findBoundaries(eroded).data;
    for (let i = 0; i < boundary.length; i += 1) {
      if (boundary[i] === 1) eroded.data[i] = 0;
    }
  }
  return eroded;
}
