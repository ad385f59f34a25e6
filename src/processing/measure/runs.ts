import type { Volume } from '../array/checks.js';
import { singletons, unite } from '../structures/union-find.js';

/** Horizontal runs of foreground in raster order; line i (plane · rows + row) owns runs `lineStart[i]` to `lineStart[i + 1]`. */
export interface Runs {
  /** First column of each run. */
  readonly begin: Int32Array;
  /** One past its last column. */
  readonly end: Int32Array;
  readonly lineStart: Int32Array;
  readonly count: number;
}

/** The runs of non-zero pixels. Background is passed over four pixels at a time. */
export function findRuns(mask: Uint8Array, { planes, rows, columns }: Volume): Runs {
  const lines = planes * rows;
  const lineStart = new Int32Array(lines + 1);
  const fours = mask.byteOffset % 4 === 0 ? new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2) : undefined;
  let begin = new Int32Array(1024);
  let end = new Int32Array(1024);
  let count = 0;
  for (let line = 0; line < lines; line += 1) {
    lineStart[line] = count;
    if (count + columns > begin.length) {
      begin = grown(begin, count + columns);
      end = grown(end, count + columns);
    }
    const first = line * columns;
    const last = first + columns;
    let i = first;
    while (i < last) {
      if (mask[i] === 0) {
        i += 1;
        if (fours) while ((i & 3) === 0 && i + 4 <= last && fours[i >> 2] === 0) i += 4;
        continue;
      }
      begin[count] = i - first;
      while (i < last && mask[i] !== 0) i += 1;
      end[count] = i - first;
      count += 1;
    }
  }
  lineStart[lines] = count;
  return { begin, end, lineStart, count };
}

/**
 * Unites the runs that touch (union-find).
 * @param connectivity how many axes a step between neighbours may cross, from 1 to the rank
 * @returns parent of each run; the root of a component is its first run
 */
export function uniteRuns(runs: Runs, volume: Volume, connectivity: number): Int32Array {
  const parent = singletons(runs.count);
  for (let plane = 0; plane < volume.planes; plane += 1) {
    for (let row = 0; row < volume.rows; row += 1) joinLine(runs, parent, volume, plane, row, connectivity);
  }
  return parent;
}

/** Unites the runs of one line with those of the lines before it that it touches. */
function joinLine(
  runs: Runs,
  parent: Int32Array,
  volume: Volume,
  plane: number,
  row: number,
  connectivity: number,
): void {
  const here = plane * volume.rows + row;
  if (row > 0) joinLines(runs, parent, here, here - 1, connectivity > 1 ? 1 : 0);
  if (plane === 0) return;
  const below = here - volume.rows;
  joinLines(runs, parent, here, below, connectivity > 1 ? 1 : 0);
  if (connectivity === 1) return;
  const reach = connectivity > 2 ? 1 : 0;
  if (row > 0) joinLines(runs, parent, here, below - 1, reach);
  if (row + 1 < volume.rows) joinLines(runs, parent, here, below + 1, reach);
}

/** Unites runs of two lines which overlap, or lie at most `reach` columns apart diagonally. */
function joinLines(runs: Runs, parent: Int32Array, line: number, other: number, reach: number): void {
  const { begin, end, lineStart } = runs;
  const lastA = lineStart[line + 1]!;
  const lastB = lineStart[other + 1]!;
  let a = lineStart[line]!;
  let b = lineStart[other]!;
  while (a < lastA && b < lastB) {
    const endA = end[a]!;
    const endB = end[b]!;
    if (begin[a]! < endB + reach && begin[b]! < endA + reach) unite(parent, a, b);
    if (endA < endB) a += 1;
    else b += 1;
  }
}

function grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(needed, array.length * 2));
  bigger.set(array);
  return bigger;
}
