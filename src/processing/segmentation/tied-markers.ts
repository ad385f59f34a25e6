import { hasOpenNeighbour } from './flood.js';
import type { FloodGround } from './flood-ground.js';

/** For each label, the heights (in the ground's order) at which a marker pixel of it ties with one of another label. */
export type TiedMarkers = Map<number, number[]>;

/**
 * Adds to `tied` the labels whose marker pixels tie: equal height, in one piece, both with something to flood. Call before flooding.
 *
 * @param seeds the marker pixels of one connected piece
 */
export function findTiedMarkers(ground: FloodGround, seeds: Int32Array, tied: TiedMarkers): void {
  const { labels, neighbours, order } = ground;
  const active = seeds.filter((pixel) => hasOpenNeighbour(labels, neighbours, pixel));
  const firstLabel = new Map<number, number>();
  const tiedHeights = new Set<number>();
  for (let i = 0; i < active.length; i += 1) {
    const height = order[active[i]!]!;
    const label = labels[active[i]!]!;
    const first = firstLabel.get(height);
    if (first === undefined) firstLabel.set(height, label);
    else if (first !== label) tiedHeights.add(height);
  }
  if (tiedHeights.size === 0) return;
  for (let i = 0; i < active.length; i += 1) {
    const height = order[active[i]!]!;
    if (!tiedHeights.has(height)) continue;
    const label = labels[active[i]!]!;
    const heights = tied.get(label);
    if (!heights) tied.set(label, [height]);
    else if (!heights.includes(height)) heights.push(height);
  }
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
      if (tied.get(a)!.some((height) => heights.includes(height))) return true;
    }
  }
  return false;
}
