import { requireSameShape, volumeOf } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { paintRuns } from '../measure/label.js';
import { runsOfMask } from '../measure/runs.js';
import { SlotQueue } from '../structures/slot-queue.js';
import { floodFrom, floodLiterally } from './flood.js';
import type { FloodScene } from './flood-ground.js';
import { FloodMemory, layGround, liftLabels } from './flood-ground.js';
import type { ContestedPiece } from './flood-pieces.js';
import { cutIntoPieces, findRunOfMarkers } from './flood-pieces.js';
import { plotPieces, wholePlot } from './flood-plots.js';
import { TieWatchingFlood } from './flood-with-ties.js';
import { markersOf } from './markers.js';
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
 * Connected pieces of the mask are flooded one by one, and only those with markers of several labels: O(n) in their pixels, or
 * O(n log n) in all pixels where the order of equal markers matters.
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
  const scene: FloodScene = {
    relief: relief.data,
    sign: 1,
    runs: runsOfMask(mask.data, volume),
    markers: markersOf(markers),
    volume,
    rank: relief.shape.length,
  };
  const data = new Int32Array(relief.data.length);
  if (queue === 'auto') floodScene(scene, data);
  else floodAll(scene, data);
  return { shape: relief.shape, data };
}

/** The watershed of a scene, written into an image of zeros. */
export function floodScene(scene: FloodScene, target: Int32Array): void {
  const cut = cutIntoPieces(scene.runs, scene.markers, scene.volume);
  paintRuns(target, scene.runs, cut.owners);
  // What order tied markers go in may matter, which only flooding everything can tell.
  if (!floodContested(scene, cut.contested, target)) floodAll(scene, target);
}

/** False if the order of tied markers may matter; then the labels written are worth nothing. */
function floodContested(scene: FloodScene, pieces: readonly ContestedPiece[], target: Int32Array): boolean {
  const plots = plotPieces(pieces, scene.runs, scene.volume);
  const memory = new FloodMemory(scene, plots);
  const queue = new SlotQueue(memory.openCells);
  for (const plot of plots) {
    const ground = layGround(scene, plot, memory);
    queue.prepare(ground.ranks, ground.openCells);
    let watching: TieWatchingFlood | undefined;
    for (const seeds of ground.seeds) {
      const tied = findTiedMarkers(ground, seeds);
      if (tied.count === 0) {
        floodFrom(ground, seeds, queue);
        continue;
      }
      watching ??= new TieWatchingFlood(ground, queue);
      watching.run(seeds, tied);
      if (watching.contested) return false;
    }
    liftLabels(ground, target);
  }
  return true;
}

function floodAll(scene: FloodScene, target: Int32Array): void {
  const { runs, markers, volume } = scene;
  const runOfMarker = findRunOfMarkers(runs, markers.pixels);
  const inside = Int32Array.from(runOfMarker.keys()).filter((marker) => runOfMarker[marker]! >= 0);
  const all = Int32Array.from({ length: runs.count }, (_, run) => run);
  const plot = wholePlot(all, [inside], volume);
  const ground = layGround(scene, plot, new FloodMemory(scene, [plot]));
  floodLiterally(ground, ground.seeds[0]!);
  liftLabels(ground, target);
}
