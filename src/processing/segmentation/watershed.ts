import { requireSameShape, volumeOf } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { AgeHeap } from '../structures/age-heap.js';
import { floodFrom, floodLiterally } from './flood.js';
import type { Terrain } from './flood-ground.js';
import { layGround, liftLabels } from './flood-ground.js';
import { cutIntoPieces, wholeMask } from './flood-pieces.js';
import { TieWatchingFlood } from './flood-with-ties.js';
import { findTiedMarkers } from './tied-markers.js';

export interface WatershedOptions {
  /** uint8, same shape; only non-zero pixels are flooded, and markers outside are ignored. @default everywhere */
  mask?: NdArray<Uint8Array> | undefined;
  /** Floods from the top: the highest first, as if the relief were negated. @default false */
  inverted?: boolean;
  /**
   * `literal` floods everything with the reference implementation's queue. `auto` gives the same labels, and uses that queue
   * only where the order of marker pixels of exactly equal height could be seen in them.
   * @default 'auto'
   */
  queue?: 'auto' | 'literal';
}

type Relief = NdArray<Float32Array | Float64Array>;

/**
 * Floods `relief` from `markers`: every pixel joins the marker whose flood arrives first.
 *
 * Neighbours share an edge (4 in 2-D, 6 in 3-D) and are visited in raster order; a pixel is labelled when it is queued. Order of
 * arrival is (height, time queued), so flat ground is divided by distance. Markers of equal height go in the order in which the
 * reference implementation's heap happens to release them.
 *
 * Connected pieces of the mask are flooded one by one, and only those with markers of several labels; O(n log n) in their pixels.
 *
 * @param relief  heights, shape (rows, columns) or (planes, rows, columns); the lowest flood first
 * @param markers label image, same shape; 0 = none
 * @returns       new label image, same shape; 0 outside the mask and where no flood arrives
 * @throws {RangeError} if shapes differ, the rank is neither 2 nor 3, a marker in the mask is negative, or a height that
 *   decides something is NaN
 * @see Soille & Ansoult 1990, doi:10.1016/0165-1684(90)90127-K
 * @see scikit-image `segmentation.watershed` (connectivity 1, no compactness, no line): equal label for label
 */
export function watershed(relief: Relief, markers: LabelArray, options: WatershedOptions = {}): LabelArray {
  const { queue = 'auto' } = options;
  const volume = volumeOf('watershed', 'relief', relief);
  requireSameShape('watershed', 'markers', markers, 'relief', relief);
  const mask = options.mask?.data ?? new Uint8Array(relief.data.length).fill(1);
  if (options.mask) requireSameShape('watershed', 'mask', options.mask, 'relief', relief);
  const terrain = {
    heights: relief.data,
    inverted: options.inverted ?? false,
    markers: markers.data,
    volume,
    rank: relief.shape.length,
  };
  const labels = queue === 'auto' ? floodByPieces(terrain, mask) : undefined;
  return { shape: relief.shape, data: labels ?? floodAll(terrain, mask) };
}

function floodAll(terrain: Terrain, mask: Uint8Array): Int32Array {
  const piece = wholeMask(mask, terrain.volume);
  const ground = layGround(terrain, piece);
  floodLiterally(ground);
  const labels = new Int32Array(mask.length);
  liftLabels(ground, piece, terrain.volume.columns, labels);
  return labels;
}

/** Nothing if the order of tied markers may matter, which only flooding everything can tell. */
function floodByPieces(terrain: Terrain, mask: Uint8Array): Int32Array | undefined {
  const { contested, labels } = cutIntoPieces(mask, terrain.markers, terrain.volume);
  const heap = new AgeHeap(0);
  for (const piece of contested) {
    const ground = layGround(terrain, piece);
    const tied = findTiedMarkers(ground, ground.seeds);
    if (tied.count === 0) floodFrom(ground, ground.seeds, heap);
    else {
      const watching = new TieWatchingFlood(ground, heap);
      watching.run(ground.seeds, tied);
      if (watching.contested) return undefined;
    }
    liftLabels(ground, piece, terrain.volume.columns, labels);
  }
  return labels;
}
