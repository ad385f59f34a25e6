import { divisionCost } from './division-cost.js';
import { linkCost } from './link-cost.js';
import { aloneCost } from './link-frames.js';
import { linkPairs, type Candidate } from './link-pairs.js';
import type { Cell, FilmCells } from './measure-cells.js';
import { neighboursOf } from './neighbours.js';
import type { TrackPlan } from './track-options.js';

/** How the cells of a film belong together. Cells are named by their place in `film.cells`. */
export interface Links {
  /** The same cell when it is seen next, in the following frame or after a gap; -1 for none. */
  readonly next: Int32Array;
  /** For a cell that divides: its second daughter, `next` being the first; -1 for all others. */
  readonly second: Int32Array;
}

/** Where tracks begin and end, and where they might divide. */
interface LooseEnds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Cells that are linked to one in the following frame. */
  readonly middles: readonly number[];
}

/**
 * Joins pieces of tracks: a start may be the end of an earlier piece seen again after a gap, or the second daughter of a cell
 * that another piece passes through. One assignment over the whole film (Jaqaman et al. 2008, second step).
 *
 * @param known links from frame to frame, as {@link linkFrames} finds them, and divisions that are known; left as they are
 */
export function linkSegments(film: FilmCells, known: Links, plan: TrackPlan): Links {
  const { next } = known;
  const loose = looseEnds(film, known);
  const from = [...loose.ends, ...loose.middles];
  const candidates = [
    ...gapCandidates(film, loose, plan),
    ...(plan.divisions ? splitCandidates(film, next, loose, plan) : []),
  ];
  const endCosts = Float64Array.from(from, (cell, i) =>
    i < loose.ends.length ? aloneCost(film.cells[cell]!, plan) : 0,
  );
  const startCosts = Float64Array.from(loose.starts, (cell) => aloneCost(film.cells[cell]!, plan));
  const chosen = linkPairs(candidates, endCosts, startCosts);
  const links = { next: Int32Array.from(next), second: Int32Array.from(known.second) };
  for (const [i, cell] of from.entries()) {
    if (chosen[i]! < 0) continue;
    const start = loose.starts[chosen[i]!]!;
    if (i < loose.ends.length) links.next[cell] = start;
    else links.second[cell] = start;
  }
  return links;
}

function looseEnds({ cells, start }: FilmCells, { next, second }: Links): LooseEnds {
  const reached = new Set([...next, ...second]);
  const lastFrame = start.length - 2;
  const all = Array.from(cells.keys());
  return {
    starts: all.filter((i) => !reached.has(i) && cells[i]!.frame > 0),
    ends: all.filter((i) => next[i]! < 0 && cells[i]!.frame < lastFrame),
    middles: all.filter((i) => next[i]! >= 0 && second[i]! < 0),
  };
}

/** An end and a start some frames later, not further away than chance leads in that time. */
function gapCandidates({ cells }: FilmCells, { starts, ends }: LooseEnds, plan: TrackPlan): Candidate[] {
  const inFrame = startsByFrame(cells, starts);
  return ends.flatMap((end, from) => {
    const cell = cells[end]!;
    const found: Candidate[] = [];
    for (let gap = 1; gap <= plan.maxGapFrames; gap++) {
      const frame = inFrame.get(cell.frame + gap + 1);
      if (!frame) continue;
      for (const i of frame.near.within(cell.row, cell.column, plan.maxDistancePx * Math.sqrt(gap + 1))) {
        const cost = linkCost(cell, frame.cells[i]!, 1, plan.scales, gap + 1) + gap * plan.missing;
        found.push({ from, to: frame.places[i]!, cost });
      }
    }
    return found;
  });
}

/** A start beside a cell that another piece passes through: what it costs more to call that a division than one cell. */
function splitCandidates({ cells }: FilmCells, next: Int32Array, loose: LooseEnds, plan: TrackPlan): Candidate[] {
  const inFrame = startsByFrame(cells, loose.starts);
  return loose.middles.flatMap((middle, i) => {
    const mother = cells[middle]!;
    const first = cells[next[middle]!]!;
    const frame = inFrame.get(first.frame);
    if (!frame) return [];
    const single = Math.min(linkCost(mother, first, 1, plan.scales), 2 * plan.alone);
    return frame.near.within(mother.row, mother.column, plan.maxDaughterDistancePx).map((place) => ({
      from: loose.ends.length + i,
      to: frame.places[place]!,
      cost: divisionCost(mother, first, frame.cells[place]!, plan.scales) - single,
    }));
  });
}

/** The starts of each frame, with their places in the list of all starts. */
function startsByFrame(cells: readonly Cell[], starts: readonly number[]) {
  const frames = new Map<number, number[]>();
  for (const [place, start] of starts.entries()) {
    const { frame } = cells[start]!;
    const places = frames.get(frame);
    if (places) places.push(place);
    else frames.set(frame, [place]);
  }
  return new Map(
    Array.from(frames, ([frame, places]) => {
      const found = places.map((place) => cells[starts[place]!]!);
      return [frame, { places, cells: found, near: neighboursOf(found) }];
    }),
  );
}
