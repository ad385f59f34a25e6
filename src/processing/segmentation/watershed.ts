import type { Volume } from '../array/checks.js';
import { requireSameShape, volumeOf } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { AgeHeap } from '../structures/age-heap.js';
import { floodFrom, floodLiterally } from './flood.js';
import type { FloodGround } from './flood-ground.js';
import { layGround, liftLabels } from './flood-ground.js';
import type { FloodPieces } from './flood-pieces.js';
import { CONTESTED, cutIntoPieces } from './flood-pieces.js';
import { TieWatchingFlood } from './flood-with-ties.js';
import { findTiedMarkers } from './tied-markers.js';

export interface WatershedOptions {
  /** uint8, same shape; only non-zero pixels are flooded, and markers outside are ignored. @default everywhere */
  mask?: NdArray<Uint8Array> | undefined;
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
 * @throws {RangeError} if shapes differ, the rank is neither 2 nor 3, a marker is negative, or a height that
 *   decides something is NaN
 * @see Soille & Ansoult 1990, doi:10.1016/0165-1684(90)90127-K
 * @see scikit-image `segmentation.watershed` (connectivity 1, no compactness, no line): equal label for label
 */
export function watershed(relief: Relief, markers: LabelArray, options: WatershedOptions = {}): LabelArray {
  const { queue = 'auto' } = options;
  const volume = volumeOf('watershed', 'relief', relief);
  requireSameShape('watershed', 'markers', markers, 'relief', relief);
  const mask = options.mask ?? { shape: relief.shape, data: new Uint8Array(relief.data.length).fill(1) };
  requireSameShape('watershed', 'mask', mask, 'relief', relief);
  const labels = queue === 'auto' ? floodByPieces(relief, markers, mask, volume) : undefined;
  return { shape: relief.shape, data: labels ?? floodAll(relief, markers, mask, volume) };
}

function floodAll(relief: Relief, markers: LabelArray, mask: NdArray<Uint8Array>, volume: Volume): Int32Array {
  const size = mask.data.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
  const ground = layGround(relief, markers, mask.data, size, volume);
  floodLiterally(ground);
  const labels = new Int32Array(relief.data.length);
  liftLabels(ground, labels);
  return labels;
}

/** Nothing if the order of tied markers may matter, which only flooding everything can tell. */
function floodByPieces(
  relief: Relief,
  markers: LabelArray,
  mask: NdArray<Uint8Array>,
  volume: Volume,
): Int32Array | undefined {
  const cut = cutIntoPieces(mask, markers);
  const { labels } = cut;
  if (cut.contestedPixels === 0) return labels;
  const ground = layGround(relief, markers, cut.contested, cut.contestedPixels, volume);
  const heap = new AgeHeap(0);
  let watching: TieWatchingFlood | undefined;
  for (const seeds of seedsByPiece(ground, cut, markers.data)) {
    const tied = findTiedMarkers(ground, seeds);
    if (tied.count === 0) {
      floodFrom(ground, seeds, heap);
      continue;
    }
    watching ??= new TieWatchingFlood(ground, heap);
    watching.run(seeds, tied);
    if (watching.contested) return undefined;
  }
  liftLabels(ground, labels);
  return labels;
}

/** The seeds of each contested piece, in raster order. */
function seedsByPiece(ground: FloodGround, cut: FloodPieces, markers: Int32Array): Int32Array[] {
  const firstSeed = new Int32Array(cut.owners.length + 1);
  const pieces: number[] = [];
  for (let i = 0; i < markers.length; i += 1) {
    if (markers[i] === 0 || cut.contested[i] === 0) continue;
    pieces.push(cut.pieces[i]!);
    firstSeed[cut.pieces[i]! + 1]! += 1;
  }
  for (let piece = 1; piece < firstSeed.length; piece += 1) firstSeed[piece]! += firstSeed[piece - 1]!;
  const next = firstSeed.slice();
  const sorted = new Int32Array(pieces.length);
  pieces.forEach((piece, i) => {
    sorted[next[piece]!] = ground.seeds[i]!;
    next[piece]! += 1;
  });
  const groups: Int32Array[] = [];
  cut.owners.forEach((owner, piece) => {
    if (owner === CONTESTED) groups.push(sorted.subarray(firstSeed[piece], firstSeed[piece + 1]));
  });
  return groups;
}
