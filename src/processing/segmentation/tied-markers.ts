import type { FloodGround } from './flood-ground.js';
import { hasOpenNeighbour } from './flood-by-rank.js';

/** For each label, the heights (as ranks) at which a marker pixel of it ties with one of another label. */
export type TiedMarkers = ReadonlyMap<number, readonly number[]>;

/**
 * Finds labels whose marker pixels tie: equal height, both with something to flood. Call before flooding.
 */
export function findTiedMarkers(ground: FloodGround): TiedMarkers {
  const { labels, neighbours, ranks, seeds, firstSlot } = ground;
  const firstLabel = new Int32Array(firstSlot.length);
  const active = seeds.filter((pixel) => hasOpenNeighbour(labels, neighbours, pixel));
  const tiedRanks = new Set<number>();
  for (let i = 0; i < active.length; i += 1) {
    const rank = ranks[active[i]!]!;
    const label = labels[active[i]!]!;
    if (firstLabel[rank] === 0) firstLabel[rank] = label;
    else if (firstLabel[rank] !== label) tiedRanks.add(rank);
  }
  const tied = new Map<number, number[]>();
  if (tiedRanks.size === 0) return tied;
  for (let i = 0; i < active.length; i += 1) {
    const rank = ranks[active[i]!]!;
    if (!tiedRanks.has(rank)) continue;
    const label = labels[active[i]!]!;
    const heights = tied.get(label);
    if (!heights) tied.set(label, [rank]);
    else if (!heights.includes(rank)) heights.push(rank);
  }
  return tied;
}

/**
 * Whether the order of tied markers can have changed the result. Call after flooding.
 *
 * Everything flooded between two tied markers descends from them, and stands together in the order of every later tie. So
 * exchanging the two changes something only if their floods compete for a pixel; that pixel would go to one of them and touch
 * the other. Labels that tie but do not touch in the result are therefore right in either order; so are markers of one label.
 */
export function tiesMatter(ground: FloodGround, tied: TiedMarkers): boolean {
  if (tied.size === 0) return false;
  const { labels, neighbours } = ground;
  const known = new Set<string>();
  const forward = neighbours.filter((step) => step > 0);
  for (let k = 0; k < forward.length; k += 1) {
    const step = forward[k]!;
    for (let pixel = 0; pixel + step < labels.length; pixel += 1) {
      const a = labels[pixel]!;
      const b = labels[pixel + step]!;
      if (a === b || a <= 0 || b <= 0 || !tied.has(a) || !tied.has(b)) continue;
      const pair = a < b ? `${a} ${b}` : `${b} ${a}`;
      if (known.has(pair)) continue;
      known.add(pair);
      const heights = tied.get(b)!;
      if (tied.get(a)!.some((rank) => heights.includes(rank))) return true;
    }
  }
  return false;
}
