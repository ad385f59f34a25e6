import { requireInteger } from '../array/checks.js';
import { estimateScales, type ChangeScales } from './link-cost.js';
import type { FilmCells } from './measure-cells.js';

export interface TrackOptions {
  /** Farthest way of a cell from one frame to the next, pixels. Default: from the ways and diameters in the film. */
  readonly maxDistancePx?: number;
  /** Farthest way of a daughter from where its mother was, pixels. Default: 1.5 of the median diameter, or the way above. */
  readonly maxDaughterDistancePx?: number;
  /** Frames for which a cell may be missing and still be taken for the same. Default 2. */
  readonly maxGapFrames?: number;
  /** Whether cells may divide. Default true. */
  readonly divisions?: boolean;
  /**
   * A daughter that is gone after fewer frames than this, neither at the border nor at the end of the film, is taken for a
   * fault of the outlines, and its division undone. Default 2.
   */
  readonly minDaughterFrames?: number;
}

/** Everything decided. */
export interface TrackPlan extends Required<TrackOptions> {
  readonly scales: ChangeScales;
  /** What it costs to end or start a track inside the field, and at its border, where cells leave and enter. */
  readonly alone: number;
  readonly aloneAtBorder: number;
  /** What each frame in which a cell is missing costs. */
  readonly missing: number;
}

/** Two loose ends cost what a link costs that is off by five deviations in its way, its area and its light, without overlap. */
const ALONE = 8;
const ALONE_AT_BORDER = 4;
const MISSING = 2;
/** A way of more than this many deviations is no way of chance. */
const FARTHEST_DEVIATIONS = 5;
const DAUGHTER_DIAMETERS = 1.5;

/** @throws {RangeError} for options that make no sense */
export function planTracking(film: FilmCells, options: TrackOptions = {}): TrackPlan {
  const { maxGapFrames = 2, minDaughterFrames = 2, divisions = true } = options;
  requireInteger('tracking', 'maxGapFrames', maxGapFrames, 0);
  requireInteger('tracking', 'minDaughterFrames', minDaughterFrames, 1);
  const scales = estimateScales(film);
  const maxDistancePx = options.maxDistancePx ?? Math.max(FARTHEST_DEVIATIONS * scales.distancePx, film.diameterPx);
  const maxDaughterDistancePx =
    options.maxDaughterDistancePx ?? Math.max(DAUGHTER_DIAMETERS * film.diameterPx, maxDistancePx);
  for (const [name, value] of Object.entries({ maxDistancePx, maxDaughterDistancePx })) {
    if (!(value > 0)) throw new RangeError(`tracking: ${name} is ${value}; pixels above 0 are accepted`);
  }
  return {
    maxDistancePx,
    maxDaughterDistancePx,
    maxGapFrames,
    minDaughterFrames,
    divisions,
    scales,
    alone: ALONE,
    aloneAtBorder: ALONE_AT_BORDER,
    missing: MISSING,
  };
}
