import type { LabelArray, NdArray } from '../array/nd-array.js';
import type { Volume } from '../array/checks.js';
import { requireInteger, volumeOf } from '../array/checks.js';
import { findRoot, singletons, unite } from '../structures/union-find.js';
import type { Runs } from './runs.js';
import { runsOfMask } from './runs.js';

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
  const runs = runsOfMask(mask.data, volume);
  const { numbers, count } = numberRuns(runs, volume, connectivity);
  const data = new Int32Array(mask.data.length);
  paintRuns(data, runs, numbers);
  return { labels: { shape: mask.shape, data }, count };
}

/**
 * The component of each run, numbered as by `label`.
 * @param connectivity checked by the caller
 */
export function numberRuns(
  runs: Runs,
  volume: Volume,
  connectivity: number,
): { readonly numbers: Int32Array; readonly count: number } {
  const parent = singletons(runs.count);
  for (let plane = 0; plane < volume.planes; plane += 1) {
    for (let row = 0; row < volume.rows; row += 1) joinRow(runs, parent, volume, plane, row, connectivity);
  }
  const numbers = new Int32Array(runs.count);
  let count = 0;
  for (let run = 0; run < runs.count; run += 1) {
    const root = findRoot(parent, run);
    // A root is the first run of its component, so its number is known.
    numbers[run] = root === run ? (count += 1) : numbers[root]!;
  }
  return { numbers, count };
}

/** Writes the number of each run into its pixels, unless it is 0. */
export function paintRuns(target: Int32Array, { count, begin, end }: Runs, numbers: Int32Array): void {
  for (let run = 0; run < count; run += 1) {
    if (numbers[run] !== 0) target.fill(numbers[run]!, begin[run], end[run]);
  }
}

/** Unites the runs of one row with those of the rows before it that it touches. */
function joinRow(
  runs: Runs,
  parent: Int32Array,
  { rows, columns }: Volume,
  plane: number,
  row: number,
  connectivity: number,
): void {
  const here = plane * rows + row;
  if (row > 0) joinRows(runs, parent, here, here - 1, columns, connectivity > 1 ? 1 : 0);
  if (plane === 0) return;
  const below = here - rows;
  joinRows(runs, parent, here, below, columns, connectivity > 1 ? 1 : 0);
  if (connectivity === 1) return;
  const reach = connectivity > 2 ? 1 : 0;
  if (row > 0) joinRows(runs, parent, here, below - 1, columns, reach);
  if (row + 1 < rows) joinRows(runs, parent, here, below + 1, columns, reach);
}

/** Unites runs of two rows which overlap, or lie at most `reach` columns apart diagonally. */
function joinRows(
  { begin, end, rowStart }: Runs,
  parent: Int32Array,
  row: number,
  other: number,
  columns: number,
  reach: number,
): void {
  const shift = (row - other) * columns;
  const lastA = rowStart[row + 1]!;
  const lastB = rowStart[other + 1]!;
  let a = rowStart[row]!;
  let b = rowStart[other]!;
  while (a < lastA && b < lastB) {
    const endA = end[a]!;
    const endB = end[b]! + shift;
    if (begin[a]! < endB + reach && begin[b]! + shift < endA + reach) unite(parent, a, b);
    if (endA < endB) a += 1;
    else b += 1;
  }
}
