import type { LabelArray, NdArray } from '../array/nd-array.js';
import type { Volume } from '../array/checks.js';
import { requireInteger, volumeOf } from '../array/checks.js';
import { findRoot } from '../structures/union-find.js';
import { findRuns, uniteRuns, type Runs } from './runs.js';

export interface LabelOptions {
  /**
   * How many axes a step between neighbours may cross: 1 = shared edges (4 or 6 neighbours), the rank = corners too (8 or 26).
   * @default the rank of the mask
   */
  connectivity?: number;
}

export interface Labelling {
  /** Same shape as the mask; components are 1 … count in raster order of their first pixel. */
  readonly labels: LabelArray;
  readonly count: number;
}

/**
 * Connected components of the non-zero pixels.
 *
 * Rows are cut into runs and runs of adjoining rows united (union-find), so the cost is one pass over the pixels plus the runs.
 *
 * @param mask uint8, shape (rows, columns) or (planes, rows, columns)
 * @throws {RangeError} if the rank is neither 2 nor 3, or `connectivity` is not a whole number from 1 to the rank
 * @see scikit-image `measure.label`, scipy `ndimage.label` (whose default connectivity is 1)
 */
export function label(mask: NdArray<Uint8Array>, options: LabelOptions = {}): Labelling {
  const volume = volumeOf('label', 'mask', mask);
  const rank = mask.shape.length;
  const connectivity = options.connectivity ?? rank;
  requireInteger('label', 'connectivity', connectivity, 1, rank);
  const runs = findRuns(mask.data, volume);
  return paint(mask.shape, runs, uniteRuns(runs, volume, connectivity), volume);
}

function paint(shape: readonly number[], runs: Runs, parent: Int32Array, volume: Volume): Labelling {
  const { begin, end, lineStart } = runs;
  const data = new Int32Array(volume.planes * volume.rows * volume.columns);
  const number = new Int32Array(runs.count);
  let count = 0;
  for (let line = 0; line < volume.planes * volume.rows; line += 1) {
    const first = line * volume.columns;
    for (let run = lineStart[line]!; run < lineStart[line + 1]!; run += 1) {
      const root = findRoot(parent, run);
      if (root === run) number[run] = count += 1;
      const value = number[root]!;
      number[run] = value;
      data.fill(value, first + begin[run]!, first + end[run]!);
    }
  }
  return { labels: { shape, data }, count };
}
