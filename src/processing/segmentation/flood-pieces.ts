import type { Volume } from '../array/checks.js';
import { findRuns, uniteRuns } from '../measure/runs.js';
import { findRoot } from '../structures/union-find.js';

/** Horizontal runs of pixels that are flooded together, in raster order. */
export interface Piece {
  /** Line of each run: plane · rows + row. */
  readonly lines: Int32Array;
  /** First column of each run, and one past its last. */
  readonly begin: Int32Array;
  readonly end: Int32Array;
}

export interface FloodPieces {
  /** The pieces in which markers of several labels compete. */
  readonly contested: readonly Piece[];
  /** Labels of the pieces with one owner; 0 elsewhere. */
  readonly labels: Int32Array;
}

/** Markers of several labels compete for the piece. */
const CONTESTED = -1;

/**
 * Cuts the mask into pieces that no flood leaves, and finds what has to be flooded at all: a piece whose markers have one label
 * belongs to it altogether.
 *
 * @param mask uint8, non-zero where floods may go
 * @throws {RangeError} if a marker inside the mask is negative
 */
export function cutIntoPieces(mask: Uint8Array, markers: Int32Array, volume: Volume): FloodPieces {
  const { columns } = volume;
  const { begin, end, lines, count } = maskRuns(mask, volume);
  const parent = uniteRuns({ begin, end, lineStart: lines.start, count }, volume, 1);
  const owners = new Int32Array(count);
  for (let run = 0; run < count; run += 1) {
    const root = findRoot(parent, run);
    const first = lines.of[run]! * columns;
    owners[root] = ownerWith(owners[root]!, markers, first + begin[run]!, first + end[run]!);
  }
  const labels = new Int32Array(mask.length);
  const contestedRuns: number[] = [];
  for (let run = 0; run < count; run += 1) {
    const owner = owners[findRoot(parent, run)]!;
    const first = lines.of[run]! * columns;
    if (owner === CONTESTED) contestedRuns.push(run);
    else if (owner !== 0) labels.fill(owner, first + begin[run]!, first + end[run]!);
  }
  const groups = groupByRoot(contestedRuns, parent);
  return { contested: groups.map((runs) => pieceOf(runs, begin, end, lines.of)), labels };
}

/** All of the mask as one piece. */
export function wholeMask(mask: Uint8Array, volume: Volume): Piece {
  const { begin, end, lines, count } = maskRuns(mask, volume);
  return { lines: lines.of, begin: begin.subarray(0, count), end: end.subarray(0, count) };
}

function maskRuns(mask: Uint8Array, volume: Volume) {
  const { begin, end, lineStart, count } = findRuns(mask, volume);
  const of = new Int32Array(count);
  for (let line = 0; line + 1 < lineStart.length; line += 1) of.fill(line, lineStart[line], lineStart[line + 1]);
  return { begin, end, count, lines: { start: lineStart, of } };
}

/** The owner of a piece after the markers from `first` to `last` have been seen, too. */
function ownerWith(owner: number, markers: Int32Array, first: number, last: number): number {
  let found = owner;
  for (let i = first; i < last; i += 1) {
    const marker = markers[i]!;
    if (marker === 0 || marker === found) continue;
    if (marker < 0) throw new RangeError(`watershed: markers hold ${marker}; labels are 0 (none) or positive`);
    found = found === 0 ? marker : CONTESTED;
  }
  return found;
}

/** Runs of one root together, in raster order; the groups in that of their first runs. */
function groupByRoot(runs: readonly number[], parent: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  for (const run of runs) {
    const root = findRoot(parent, run);
    const group = groups.get(root);
    if (group) group.push(run);
    else groups.set(root, [run]);
  }
  return [...groups.values()];
}

function pieceOf(runs: readonly number[], begin: Int32Array, end: Int32Array, lineOf: Int32Array): Piece {
  return {
    lines: Int32Array.from(runs, (run) => lineOf[run]!),
    begin: Int32Array.from(runs, (run) => begin[run]!),
    end: Int32Array.from(runs, (run) => end[run]!),
  };
}
