import { linearAssignment } from '../structures/linear-assignment.js';
import { findRoot, singletons, unite } from '../structures/union-find.js';

/** That item `from` goes on as item `to`, at a cost. */
export interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/**
 * Chooses links so that the sum of their costs, of the ends (for each `from` left over) and of the starts (for each `to`
 * left over) is as small as it can be. Exact.
 *
 * It is the augmented assignment of K. Jaqaman et al., Nature Methods 5 (2008), in which every item has an alternative of
 * its own: here a start is paid by everybody and given back to who is linked, which leaves one block of alternatives
 * instead of three. Items that no chain of candidates joins are solved apart, so that the cost of it grows with the size of
 * crowds, not with that of the film.
 *
 * @param candidates finite costs; pairs that are not named are forbidden
 * @param ends cost of leaving each `from` without a link
 * @param starts cost of leaving each `to` without one
 * @returns the `to` of each `from`; -1 for none
 */
export function linkPairs(
  candidates: readonly Candidate[],
  ends: Float64Array,
  starts: Float64Array,
): Int32Array<ArrayBuffer> {
  const chosen = new Int32Array(ends.length).fill(-1);
  for (const group of groupsOf(candidates, ends.length, starts.length)) {
    if (group.length === 1) {
      const { from, to, cost } = group[0]!;
      if (cost < ends[from]! + starts[to]!) chosen[from] = to;
    } else {
      linkGroup(group, ends, starts, chosen);
    }
  }
  return chosen;
}

/** Candidates that share an item, directly or by way of others. */
function groupsOf(candidates: readonly Candidate[], fromCount: number, toCount: number): Candidate[][] {
  const sets = singletons(fromCount + toCount);
  for (const { from, to } of candidates) unite(sets, from, fromCount + to);
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const root = findRoot(sets, candidate.from);
    const group = groups.get(root);
    if (group) group.push(candidate);
    else groups.set(root, [candidate]);
  }
  return [...groups.values()];
}

function linkGroup(
  group: readonly Candidate[],
  ends: Float64Array,
  starts: Float64Array,
  chosen: Int32Array<ArrayBuffer>,
): void {
  const froms = [...new Set(group.map(({ from }) => from))].toSorted((a, b) => a - b);
  const tos = [...new Set(group.map(({ to }) => to))].toSorted((a, b) => a - b);
  const rowOf = new Map(froms.map((from, row) => [from, row]));
  const columnOf = new Map(tos.map((to, column) => [to, column]));
  const columns = tos.length + froms.length;
  const costs = new Float64Array(froms.length * columns).fill(Infinity);
  for (const { from, to, cost } of group) {
    const place = rowOf.get(from)! * columns + columnOf.get(to)!;
    costs[place] = Math.min(costs[place]!, cost - starts[to]!);
  }
  for (const [row, from] of froms.entries()) costs[row * columns + tos.length + row] = ends[from]!;
  const { columnOfRow } = linearAssignment({ shape: [froms.length, columns], data: costs });
  for (const [row, from] of froms.entries()) {
    const column = columnOfRow[row]!;
    if (column < tos.length) chosen[from] = tos[column]!;
  }
}
