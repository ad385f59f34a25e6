import { AgeHeap } from '../structures/age-heap.js';
import type { FloodGround } from './flood-ground.js';

/**
 * Floods exactly as the reference implementation does: a binary heap of (height, age) with every marker pixel in it from the start, with
 * age 0. Its moves decide which of two marker pixels of equal height goes first.
 */
export function floodLiterally(ground: FloodGround): void {
  const { labels, neighbours, order, seeds, ages } = ground;
  const heap = new AgeHeap(seeds.length);
  for (let i = 0; i < seeds.length; i += 1) heap.push(order[seeds[i]!]! * ages, seeds[i]!);
  let age = 0;
  while (heap.size > 0) {
    const pixel = heap.pop();
    const label = labels[pixel]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      age += 1;
      heap.push(order[neighbour]! * ages + age, neighbour);
    }
  }
}

/**
 * Floods from some of the seeds in the same order of (height, age), except that marker pixels of equal height go in the order of
 * `seeds`. Pixels with no neighbour left to reach are not queued at all: taking them out again would do nothing.
 *
 * @param heap empty before and after
 */
export function floodFrom(ground: FloodGround, seeds: Int32Array, heap: AgeHeap): void {
  const { labels, neighbours, order, ages } = ground;
  let age = 0;
  for (let i = 0; i < seeds.length; i += 1) {
    const pixel = seeds[i]!;
    if (!hasOpenNeighbour(labels, neighbours, pixel)) continue;
    heap.push(order[pixel]! * ages + age, pixel);
    age += 1;
  }
  while (heap.size > 0) {
    const pixel = heap.pop();
    const label = labels[pixel]!;
    for (let k = 0; k < neighbours.length; k += 1) {
      const neighbour = pixel + neighbours[k]!;
      if (labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      if (!hasOpenNeighbour(labels, neighbours, neighbour)) continue;
      heap.push(order[neighbour]! * ages + age, neighbour);
      age += 1;
    }
  }
}

export function hasOpenNeighbour(labels: Int32Array, neighbours: Int32Array, pixel: number): boolean {
  for (let k = 0; k < neighbours.length; k += 1) {
    if (labels[pixel + neighbours[k]!] === 0) return true;
  }
  return false;
}
