import { AgeHeap } from '../structures/age-heap.js';
import type { SlotQueue } from '../structures/slot-queue.js';
import type { FloodGround } from './flood-ground.js';

/**
 * Floods exactly as the reference implementation does: a binary heap of (height, age) with every marker pixel in it from the start, with
 * age 0. Its moves decide which of two marker pixels of equal height goes first.
 *
 * @param seeds all of them, in raster order
 * @throws {RangeError} for more than about 90 million cells, whose keys would not be exact
 */
export function floodLiterally(ground: FloodGround, seeds: Int32Array): void {
  const { labels, neighbours, ranks } = ground;
  // Ages stay below this, and so do ranks.
  const ages = ground.openCells + 1;
  if (ages * ages > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`watershed: ${ground.openCells} pixels cannot be flooded at once; cut the image into blocks`);
  }
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
 * Floods one piece in the same order of (height, age), except that marker pixels of equal height go in the order of `seeds`.
 *
 * @param queue prepared for the ground; empty before and after
 */
export function floodFrom(ground: FloodGround, seeds: Int32Array, queue: SlotQueue): void {
  const { labels, neighbours } = ground;
  for (let i = 0; i < seeds.length; i += 1) queue.push(seeds[i]!);
  while (queue.size > 0) {
    const cell = queue.pop();
    const label = labels[cell]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = cell + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      queue.push(neighbour);
    }
  }
}
