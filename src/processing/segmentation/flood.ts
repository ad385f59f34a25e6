import { AgeHeap } from '../structures/age-heap.js';
import type { SlotQueue } from '../structures/slot-queue.js';
import type { FloodGround } from './flood-ground.js';

/**
 * Floods exactly as the reference implementation does: a binary heap of (height, age) with every marker pixel in it from the start, with
 * age 0. Its moves decide which of two marker pixels of equal height goes first.
 *
 * @param seeds all of them, in raster order
 */
export function floodLiterally(ground: FloodGround, seeds: Int32Array): void {
  const { labels, neighbours, ranks } = ground;
  // Ages stay below this; a key is exact up to about 90 million cells.
  const ages = ground.openCells + 1;
  const heap = new AgeHeap(seeds.length);
  for (let i = 0; i < seeds.length; i += 1) heap.push(ranks[seeds[i]!]! * ages, seeds[i]!);
  let age = 0;
  while (heap.size > 0) {
    const cell = heap.pop();
    const label = labels[cell]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = cell + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      age += 1;
      heap.push(ranks[neighbour]! * ages + age, neighbour);
    }
  }
}

/**
 * Floods one piece in the same order of (height, age), except that marker pixels of equal height go in the order of `seeds`. Pixels with no
 * neighbour left to reach are not queued at all: taking them out again would do nothing.
 *
 * @param queue prepared for the ground; empty before and after
 */
export function floodFrom(ground: FloodGround, seeds: Int32Array, queue: SlotQueue): void {
  const { labels, neighbours } = ground;
  for (let i = 0; i < seeds.length; i += 1) {
    if (hasOpenNeighbour(labels, neighbours, seeds[i]!)) queue.push(seeds[i]!);
  }
  while (queue.size > 0) {
    const cell = queue.pop();
    const label = labels[cell]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = cell + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      if (hasOpenNeighbour(labels, neighbours, neighbour)) queue.push(neighbour);
    }
  }
}

export function hasOpenNeighbour(labels: Int32Array, neighbours: Int32Array, pixel: number): boolean {
  for (let k = 0; k < neighbours.length; k += 1) {
    if (labels[pixel + neighbours[k]!] === 0) return true;
  }
  return false;
}
