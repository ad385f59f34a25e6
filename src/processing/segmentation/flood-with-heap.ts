import { AgeHeap } from '../structures/age-heap.js';
import type { FloodGround } from './flood-ground.js';

/**
 * Floods with the reference implementation's own queue: a binary heap of (height, age), every pixel of every marker in it from
 * the start with age 0. This decides which of two markers of exactly equal height goes first, and nothing else does.
 *
 * @throws {RangeError} if the image is too large for height and age to share one exact number (about 90 million pixels)
 */
export function floodWithHeap(ground: FloodGround): void {
  const { labels, neighbours, ranks, seeds, firstSlot } = ground;
  const pixelCount = firstSlot[firstSlot.length - 1]!;
  const ages = pixelCount + 1;
  if (firstSlot.length * ages > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`watershed: ${pixelCount} pixels cannot be flooded at once; cut the image into blocks`);
  }
  const heap = new AgeHeap(seeds.length);
  for (let i = 0; i < seeds.length; i += 1) heap.push(ranks[seeds[i]!]! * ages, seeds[i]!);
  let age = 0;
  while (heap.size > 0) {
    const pixel = heap.pop();
    const label = labels[pixel]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      age += 1;
      heap.push(ranks[neighbour]! * ages + age, neighbour);
    }
  }
}
