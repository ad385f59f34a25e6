import type { LabelArray } from '../array/nd-array.js';
import { buildTracks } from './build-tracks.js';
import type { Tracking } from './lineage.js';
import { linkFrames } from './link-frames.js';
import { linkSegments, type Links } from './link-segments.js';
import { measureCells, type FilmCells, type NumberStack } from './measure-cells.js';
import { planTracking, type TrackOptions, type TrackPlan } from './track-options.js';
import { undoBriefDivisions } from './undo-brief-divisions.js';

/**
 * Follows cells through a film by their place, overlap, size and brightness, through gaps and divisions. Needs no model
 * and no training; how far cells move and how much they change is learnt from the film.
 *
 * Source: linear assignment from frame to frame and then between pieces of tracks, with costs for what is left alone, as
 * K. Jaqaman et al., Nature Methods 5 (2008); costs are negative logarithms of likelihoods and our own. The same input
 * gives the same tracks on every machine.
 *
 * @param labels int32 (frames, rows, columns): the cells of each frame, numbered in any way; values < 1 are background
 * @param raw (frames, rows, columns) or (frames, rows, columns, 1), any numeric dtype
 * @returns tracks, and a new stack of their labels
 * @throws {RangeError} for shapes that do not fit and options that make no sense
 */
export function trackCells(labels: LabelArray, raw: NumberStack, options: TrackOptions = {}): Tracking {
  const film = measureCells(labels, raw);
  const plan = planTracking(film, options);
  return buildTracks(labels, film, finishLinks(film, linkAllFrames(labels, film, plan), plan));
}

/** Joins what is linked from frame to frame: gaps and divisions, then gaps where a division was none. */
function finishLinks(film: FilmCells, known: Links, plan: TrackPlan): Links {
  const joined = undoBriefDivisions(film, linkSegments(film, known, plan), plan.minDaughterFrames);
  return linkSegments(film, joined, { ...plan, divisions: false });
}

function linkAllFrames(labels: LabelArray, film: FilmCells, plan: TrackPlan): Links {
  const next = new Int32Array(film.cells.length).fill(-1);
  for (let frame = 0; frame + 2 < film.start.length; frame++) {
    const links = linkFrames(labels, film, frame, plan);
    for (const [place, to] of links.entries()) {
      if (to >= 0) next[film.start[frame]! + place] = film.start[frame + 1]! + to;
    }
  }
  return { next, second: new Int32Array(next.length).fill(-1) };
}
