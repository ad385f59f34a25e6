import type { FloodGround } from './flood-ground.js';

/** Marker pixels of equal height and different labels, as groups numbered from 1. */
export interface TiedMarkers {
  /** The group of each seed, 0 if it has none. */
  readonly groups: Int32Array;
  readonly count: number;
}

/**
 * Finds marker pixels whose order is open: equal height, different labels, and something to flood for each. Call before flooding.
 *
 * @param seeds the marker pixels of one connected piece
 */
export function findTiedMarkers(ground: FloodGround, seeds: Int32Array): TiedMarkers {
  const { labels, neighbours, ranks } = ground;
  const firstLabel = new Map<number, number>();
  const groupOfHeight = new Map<number, number>();
  for (let i = 0; i < seeds.length; i += 1) {
    const pixel = seeds[i]!;
    if (!hasOpenNeighbour(labels, neighbours, pixel)) continue;
    const height = ranks[pixel]!;
    const first = firstLabel.get(height);
    if (first === undefined) firstLabel.set(height, labels[pixel]!);
    else if (first !== labels[pixel] && !groupOfHeight.has(height)) groupOfHeight.set(height, groupOfHeight.size + 1);
  }
  const groups = new Int32Array(seeds.length);
  if (groupOfHeight.size === 0) return { groups, count: 0 };
  for (let i = 0; i < seeds.length; i += 1) groups[i] = groupOfHeight.get(ranks[seeds[i]!]!) ?? 0;
  return { groups, count: groupOfHeight.size };
}

/** Whether a flood has anywhere to go from here. */
export function hasOpenNeighbour(labels: Int32Array, neighbours: Int32Array, pixel: number): boolean {
  for (let k = 0; k < neighbours.length; k += 1) {
    if (labels[pixel + neighbours[k]!] === 0) return true;
  }
  return false;
}
