import { requireSameShape, volumeOf } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { floodByRank } from './flood-by-rank.js';
import { layGround, liftLabels } from './flood-ground.js';
import { floodWithHeap } from './flood-with-heap.js';
import { findTiedMarkers, tiesMatter } from './tied-markers.js';

export interface WatershedOptions {
  /** uint8, same shape; only non-zero pixels are flooded, and markers outside are ignored. @default everywhere */
  mask?: NdArray<Uint8Array> | undefined;
  /**
   * `heap` floods with the reference implementation's queue from the start. `auto` gives the same labels, and uses that queue
   * only where two touching objects have markers of exactly equal height.
   * @default 'auto'
   */
  queue?: 'auto' | 'heap';
}

/**
 * Floods `relief` from `markers`: every pixel joins the marker whose flood arrives first.
 *
 * Neighbours share an edge (4 in 2-D, 6 in 3-D) and are visited in raster order; a pixel is labelled when it is queued. Order of
 * arrival is (height, time queued), so flat ground is divided by distance. Markers of equal height go in the order in which the
 * reference implementation's heap happens to release them. O(n), apart from that rare case: O(n log n).
 *
 * @param relief  heights, shape (rows, columns) or (planes, rows, columns); the lowest flood first
 * @param markers label image, same shape; 0 = none
 * @returns       new label image, same shape; 0 outside the mask and where no flood arrives
 * @throws {RangeError} if shapes differ, the rank is neither 2 nor 3, a marker is negative, or a height inside the mask is NaN
 * @see Soille & Ansoult 1990, doi:10.1016/0165-1684(90)90127-K
 * @see scikit-image `segmentation.watershed` (connectivity 1, no compactness, no line): equal label for label
 */
export function watershed(
  relief: NdArray<Float32Array | Float64Array>,
  markers: LabelArray,
  options: WatershedOptions = {},
): LabelArray {
  const { mask, queue = 'auto' } = options;
  const volume = volumeOf('watershed', 'relief', relief);
  requireSameShape('watershed', 'markers', markers, 'relief', relief);
  if (mask) requireSameShape('watershed', 'mask', mask, 'relief', relief);
  const ground = layGround(relief, markers, mask, volume);
  if (queue === 'heap') {
    floodWithHeap(ground);
    return liftLabels(ground, relief.shape);
  }
  const start = ground.labels.slice();
  const tied = findTiedMarkers(ground);
  floodByRank(ground);
  if (tiesMatter(ground, tied)) {
    ground.labels.set(start);
    floodWithHeap(ground);
  }
  return liftLabels(ground, relief.shape);
}
