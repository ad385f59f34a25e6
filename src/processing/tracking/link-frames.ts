import type { LabelArray } from '../array/nd-array.js';
import { sharedPixels } from '../measure/shared-pixels.js';
import { divisionCost } from './division-cost.js';
import { linkCost } from './link-cost.js';
import { linkPairs, type Candidate } from './link-pairs.js';
import type { Cell, FilmCells } from './measure-cells.js';
import { neighboursOf } from './neighbours.js';
import type { TrackPlan } from './track-options.js';

/** A candidate which is as cheap as it is because its cell divides, and the other daughter that this takes. */
interface Hope extends Candidate {
  readonly sister: number;
}

/** Hopes that failed are taken back and the frame is solved again; each round fewer are left. */
const ROUNDS = 6;

/**
 * Links the cells of one frame to those of the next. A cell that divides is linked to one of its daughters; the other
 * one is left over, for {@link linkSegments} to find.
 *
 * The cost of a link is that of the same cell seen twice, or, if that is less, that of a division less what the other
 * daughter has to pay for its start. Links that were taken in hope of a daughter which is linked elsewhere are solved again
 * without that hope.
 *
 * @param labels int32 (frames, rows, columns), as measured
 * @returns for each cell of the frame, by its place in it, the place of its successor in the next; -1 for none
 */
export function linkFrames(
  labels: LabelArray,
  film: FilmCells,
  frame: number,
  plan: TrackPlan,
): Int32Array<ArrayBuffer> {
  const before = film.cells.slice(film.start[frame], film.start[frame + 1]);
  const after = film.cells.slice(film.start[frame + 1], film.start[frame + 2]);
  const plain = plainLinks(labels, before, after, frame, plan);
  let hopes = plan.divisions ? divisionHopes(before, after, plan) : [];
  const ends = Float64Array.from(before, (cell) => aloneCost(cell, plan));
  const starts = Float64Array.from(after, (cell) => aloneCost(cell, plan));
  for (let round = 0; ; round++) {
    const links = linkPairs([...plain, ...hopes], ends, starts);
    const linked = new Set(links);
    const used = hopes.filter(({ from, to }) => links[from] === to);
    const failed = new Set(used.filter(({ sister }) => linked.has(sister)));
    if (failed.size === 0 || round === ROUNDS) return links;
    hopes = hopes.filter((hope) => !failed.has(hope));
  }
}

/** What it costs to end or begin a track with this cell. */
export function aloneCost(cell: Cell, plan: TrackPlan): number {
  return cell.atBorder ? plan.aloneAtBorder : plan.alone;
}

function plainLinks(
  labels: LabelArray,
  before: readonly Cell[],
  after: readonly Cell[],
  frame: number,
  plan: TrackPlan,
): Candidate[] {
  const [, rows, columns] = labels.shape as [number, number, number];
  const size = rows * columns;
  const shared = sharedPixels(
    labels.data.subarray(frame * size, (frame + 1) * size),
    labels.data.subarray((frame + 1) * size, (frame + 2) * size),
  );
  const near = neighboursOf(after);
  return before.flatMap((cell, from) => {
    const overlaps = shared.get(cell.label);
    return near.within(cell.row, cell.column, plan.maxDistancePx).map((to) => {
      const other = after[to]!;
      const overlap = (overlaps?.get(other.label) ?? 0) / Math.min(cell.area, other.area);
      return { from, to, cost: linkCost(cell, other, overlap, plan.scales) };
    });
  });
}

/** For each cell and each of the cells around it: the cheapest division with that one as the first daughter. */
function divisionHopes(before: readonly Cell[], after: readonly Cell[], plan: TrackPlan): Hope[] {
  const near = neighboursOf(after);
  return before.flatMap((mother, from) => {
    const around = near.within(mother.row, mother.column, plan.maxDaughterDistancePx);
    return around.flatMap((to) => {
      const hopes = around
        .filter((sister) => sister !== to)
        .map((sister) => {
          const whole = divisionCost(mother, after[to]!, after[sister]!, plan.scales);
          return { from, to, sister, cost: whole - aloneCost(after[sister]!, plan) };
        });
      return hopes.toSorted((a, b) => a.cost - b.cost).slice(0, 2);
    });
  });
}
