import { RankQueue } from '../structures/rank-queue.js';
import type { FloodGround } from './flood-ground.js';

/**
 * Floods in order of (height, time queued) with a queue that compares nothing. Pixels with no neighbour left to reach are not
 * queued at all: taking them out again would do nothing.
 *
 * Differs from `floodWithHeap` only in the order of marker pixels of exactly equal height, here raster order; see `tiesMatter`.
 */
export function floodByRank(ground: FloodGround): void {
  const { labels, neighbours, ranks, seeds } = ground;
  const queue = new RankQueue(ground.firstSlot);
  for (let i = 0; i < seeds.length; i += 1) {
    const pixel = seeds[i]!;
    if (hasOpenNeighbour(labels, neighbours, pixel)) queue.push(ranks[pixel]!, pixel);
  }
  while (queue.size > 0) {
    const pixel = queue.pop();
    const label = labels[pixel]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      if (hasOpenNeighbour(labels, neighbours, neighbour)) queue.push(ranks[neighbour]!, neighbour);
    }
  }
}

export function hasOpenNeighbour(labels: Int32Array, neighbours: Int32Array, pixel: number): boolean {
  for (let k = 0; k < neighbours.length; k += 1) {
    if (labels[pixel + neighbours[k]!] === 0) return true;
  }
  return false;
}
