import type { LabelArray } from '../../processing/array/nd-array.js';
import { buildTracks } from '../../processing/tracking/build-tracks.js';
import type { Tracking } from '../../processing/tracking/lineage.js';
import {
  linkByProbability,
  type ProbabilityOptions,
  type ScoredPair,
} from '../../processing/tracking/link-by-probability.js';
import type { FilmCells } from '../../processing/tracking/measure-cells.js';
import { neighboursOf } from '../../processing/tracking/neighbours.js';
import { undoBriefDivisions } from '../../processing/tracking/undo-brief-divisions.js';
import type { PairScorer } from './score-pairs.js';

export interface ModelTrackOptions extends ProbabilityOptions {
  /** Farthest way from frame to frame; pairs further apart are not shown to the model. Pixels. Default 50 (`MAX_DISTANCE`). */
  readonly maxDistancePx?: number;
  /** Frames for which a cell may be missing and still be taken for the same. Default 2. */
  readonly maxGapFrames?: number;
  /** A division whose daughter is gone after fewer frames is undone. Default 2. */
  readonly minDaughterFrames?: number;
  readonly signal?: AbortSignal;
}

const DEFAULTS = { maxDistancePx: 50, maxGapFrames: 2, minDaughterFrames: 2 };

/**
 * Follows cells through a film with a model that compares tracks with cells: frame by frame, the open tracks are linked by
 * assignment on the model's probabilities (`linkByProbability`).
 *
 * @param labels int32 (frames, rows, columns), as measured
 * @param film its cells, by `measureCells` or `cellFeatures`
 * @throws whatever the model throws, and the signal's reason
 */
export async function trackWithModel(
  labels: LabelArray,
  film: FilmCells,
  scorer: PairScorer,
  options: ModelTrackOptions = {},
): Promise<Tracking> {
  const { minDaughterFrames } = { ...DEFAULTS, ...options };
  const next = new Int32Array(film.cells.length).fill(-1);
  const second = new Int32Array(film.cells.length).fill(-1);
  let open = Array.from({ length: film.start[1] ?? 0 }, (_, cell) => [cell]);
  for (let frame = 1; frame + 1 < film.start.length; frame++) {
    options.signal?.throwIfAborted();
    const first = film.start[frame]!;
    const count = film.start[frame + 1]! - first;
    const pairs = await scorePairs(open, film, frame, scorer, options);
    const links = linkByProbability(pairs, open.length, count, options);
    for (const [track, history] of open.entries()) {
      if (links.next[track]! >= 0) next[history.at(-1)!] = first + links.next[track]!;
      if (links.second[track]! >= 0) second[history.at(-1)!] = first + links.second[track]!;
    }
    open = openTracks(open, film, frame, { next, second }, options).map((cells) => cells.slice(-scorer.trackLength));
  }
  return buildTracks(labels, film, undoBriefDivisions(film, { next, second }, minDaughterFrames));
}

/** Shows the model each open track with each cell of the frame that is near enough. */
async function scorePairs(
  open: readonly (readonly number[])[],
  { cells, start }: FilmCells,
  frame: number,
  scorer: PairScorer,
  options: ModelTrackOptions,
): Promise<ScoredPair[]> {
  const { maxDistancePx } = { ...DEFAULTS, ...options };
  const first = start[frame]!;
  const near = neighboursOf(cells.slice(first, start[frame + 1]));
  const named = open.flatMap((history, track) => {
    const last = cells[history.at(-1)!]!;
    const reach = maxDistancePx * Math.sqrt(frame - last.frame);
    return near.within(last.row, last.column, reach).map((cell) => ({ track, cell, history }));
  });
  const scores = await scorer.score(named.map(({ history, cell }) => ({ history, candidate: first + cell })));
  return named.map(({ track, cell }, i) => ({ track, cell, ...scores[i]! }));
}

/** Tracks that may go on after this frame: those that have, those missing for not too long, and new ones. */
function openTracks(
  before: readonly (readonly number[])[],
  { cells, start }: FilmCells,
  frame: number,
  { next, second }: { readonly next: Int32Array; readonly second: Int32Array },
  options: ModelTrackOptions,
): number[][] {
  const { maxGapFrames } = { ...DEFAULTS, ...options };
  const going = before.flatMap((history) => {
    const last = history.at(-1)!;
    if (second[last]! >= 0) return [];
    if (next[last]! >= 0) return [[...history, next[last]!]];
    return frame - cells[last]!.frame <= maxGapFrames ? [[...history]] : [];
  });
  const seen = new Set(going.map((history) => history.at(-1)!));
  const fresh: number[][] = [];
  for (let cell = start[frame]!; cell < start[frame + 1]!; cell++) if (!seen.has(cell)) fresh.push([cell]);
  return [...going, ...fresh];
}
