import type { LabelArray, NdArray } from '../array/nd-array.js';
import type { Volume } from '../array/checks.js';
import { requireInteger, volumeOf } from '../array/checks.js';
import { findRoot, singletons, unite } from '../structures/union-find.js';

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

/** Horizontal runs of foreground in raster order; row i owns runs `rowStart[i]` to `rowStart[i + 1]`. */
interface Runs {
  readonly begin: Int32Array;
  /** One past the last column of the run. */
  readonly end: Int32Array;
  readonly rowStart: Int32Array;
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
  const parent = singletons(runs.count);
  for (let plane = 0; plane < volume.planes; plane += 1) {
    for (let row = 0; row < volume.rows; row += 1) joinRow(runs, parent, volume, plane, row, connectivity);
  }
  return paint(mask.shape, runs, parent, volume);
}

function findRuns(mask: Uint8Array, { planes, rows, columns }: Volume): Runs {
  const rowCount = planes * rows;
  const rowStart = new Int32Array(rowCount + 1);
  let begin = new Int32Array(1024);
  let end = new Int32Array(1024);
  let count = 0;
  for (let row = 0; row < rowCount; row += 1) {
    rowStart[row] = count;
    if (count + columns > begin.length) {
      begin = grown(begin, count + columns);
      end = grown(end, count + columns);
    }
    const first = row * columns;
    const last = first + columns;
    let i = first;
    while (i < last) {
      if (mask[i] === 0) {
        i += 1;
        continue;
      }
      begin[count] = i - first;
      while (i < last && mask[i] !== 0) i += 1;
      end[count] = i - first;
      count += 1;
    }
  }
  rowStart[rowCount] = count;
  return { begin, end, rowStart, count };
}

/** Unites the runs of one row with those of the rows before it that it touches. */
function joinRow(
  runs: Runs,
  parent: Int32Array,
  volume: Volume,
  plane: number,
  row: number,
  connectivity: number,
): void {
  const here = plane * volume.rows + row;
  if (row > 0) joinRows(runs, parent, here, here - 1, connectivity > 1 ? 1 : 0);
  if (plane === 0) return;
  const below = here - volume.rows;
  joinRows(runs, parent, here, below, connectivity > 1 ? 1 : 0);
  if (connectivity === 1) return;
  const reach = connectivity > 2 ? 1 : 0;
  if (row > 0) joinRows(runs, parent, here, below - 1, reach);
  if (row + 1 < volume.rows) joinRows(runs, parent, here, below + 1, reach);
}

/** Unites runs of two rows which overlap, or lie at most `reach` columns apart diagonally. */
function joinRows(runs: Runs, parent: Int32Array, row: number, other: number, reach: number): void {
  const { begin, end, rowStart } = runs;
  const lastA = rowStart[row + 1]!;
  const lastB = rowStart[other + 1]!;
  let a = rowStart[row]!;
  let b = rowStart[other]!;
  while (a < lastA && b < lastB) {
    const endA = end[a]!;
    const endB = end[b]!;
    if (begin[a]! < endB + reach && begin[b]! < endA + reach) unite(parent, a, b);
    if (endA < endB) a += 1;
    else b += 1;
  }
}

function paint(shape: readonly number[], runs: Runs, parent: Int32Array, volume: Volume): Labelling {
  const { begin, end, rowStart } = runs;
  const data = new Int32Array(volume.planes * volume.rows * volume.columns);
  const number = new Int32Array(runs.count);
  let count = 0;
  for (let row = 0; row < volume.planes * volume.rows; row += 1) {
    const first = row * volume.columns;
    for (let run = rowStart[row]!; run < rowStart[row + 1]!; run += 1) {
      const root = findRoot(parent, run);
      if (root === run) number[run] = count += 1;
      const value = number[root]!;
      number[run] = value;
      data.fill(value, first + begin[run]!, first + end[run]!);
    }
  }
  return { labels: { shape, data }, count };
}

function grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(needed, array.length * 2));
  bigger.set(array);
  return bigger;
}
