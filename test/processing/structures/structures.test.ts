import { describe, expect, test } from '@jest/globals';
import { AgeHeap } from '../../../src/processing/structures/age-heap.js';
import { orderedKeys, sortByKey } from '../../../src/processing/structures/ascending-order.js';
import { orderStatistics } from '../../../src/processing/structures/order-statistics.js';
import { findRoot, singletons, unite } from '../../../src/processing/structures/union-find.js';
import { SlotQueue } from '../../../src/processing/structures/slot-queue.js';
import { rankValues } from '../../../src/processing/structures/value-ranks.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

const awkward = [3, -0, 0, -1e-40, 1e-40, -7.5, 3, Infinity, -Infinity, 2 ** 100, -(2 ** 100), 1];

describe('union-find', () => {
  test('the root of a set is its smallest member', () => {
    const parent = singletons(6);
    unite(parent, 5, 3);
    unite(parent, 4, 5);
    unite(parent, 1, 4);
    expect([0, 1, 2, 3, 4, 5].map((element) => findRoot(parent, element))).toEqual([0, 1, 2, 1, 1, 1]);
  });
});

describe('AgeHeap', () => {
  test('releases keys in ascending order, growing as it must', () => {
    const random = randomNumbers(3);
    const heap = new AgeHeap(1);
    const keys = Array.from({ length: 1000 }, () => Math.floor(random() * 1e6));
    keys.forEach((key, item) => heap.push(key, item));
    const released = keys.map(() => keys[heap.pop()]!);
    expect(released).toEqual(keys.toSorted((a, b) => a - b));
    expect(heap.size).toBe(0);
  });

  test('releases equal keys as swapping with strictly greater parents and children orders them', () => {
    const heap = new AgeHeap(0);
    for (let item = 0; item < 6; item += 1) heap.push(1, item);
    // 0 leaves, 5 takes its place and nothing is strictly smaller; then 4, and so on from the end.
    expect(Array.from({ length: 6 }, () => heap.pop())).toEqual([0, 5, 4, 3, 2, 1]);
  });
});

describe('SlotQueue', () => {
  test('releases the lowest rank first and equal ranks as they came, also when lower ones come in between', () => {
    const random = randomNumbers(8);
    const size = 70_000;
    const heights = Array.from({ length: size }, () => Math.floor(random() * 30_000));
    const sorted = heights.toSorted((a, b) => a - b);
    const firstOf = new Map<number, number>();
    sorted.forEach((height, rank) => firstOf.has(height) || firstOf.set(height, rank));
    const queue = new SlotQueue(size);
    queue.prepare(
      Uint32Array.from(heights, (height) => firstOf.get(height)!),
      size,
    );
    const heap = new AgeHeap(size);
    const released: number[] = [];
    const expected: number[] = [];
    let item = 0;
    while (item < size || queue.size > 0) {
      if (item < size && (queue.size === 0 || random() < 0.6)) {
        heap.push(heights[item]! * size + item, item);
        queue.push(item);
        item += 1;
      } else {
        released.push(queue.pop());
        expected.push(heap.pop());
      }
    }
    expect(released).toEqual(expected);
    expect(heap.size).toBe(0);
  });

  test('serves again after it was prepared anew', () => {
    const queue = new SlotQueue(3);
    for (const ranks of [Uint32Array.of(1, 0, 1), Uint32Array.of(0, 0)]) {
      queue.prepare(ranks, ranks.length);
      ranks.forEach((_, item) => queue.push(item));
      expect(Array.from(ranks, () => queue.pop())).toEqual(ranks.length === 3 ? [1, 0, 2] : [0, 1]);
    }
  });
});

describe('sortByKey', () => {
  test('sorts float32 by value, keeping the order of equal ones; −0 equals 0', () => {
    const values = Float32Array.from(awkward);
    const items = Int32Array.from(values, (_, i) => i);
    sortByKey(orderedKeys(values), items);
    const expected = [...items.keys()].toSorted((a, b) => awkward[a]! - awkward[b]! || a - b);
    expect([...items].map((i) => values[i]! + 0)).toEqual(expected.map((i) => values[i]! + 0));
    expect([...items].indexOf(1)).toBeLessThan([...items].indexOf(2));
  });
});

describe('sortByKey on keys that agree in some bits', () => {
  test.each([
    ['all', [7, 7, 7, 7]],
    ['the lower', [0xc0000000, 0x40000000, 0x80000000, 0x40000000]],
    ['the upper', [0x80000003, 0x80000001, 0x80000002, 0x80000001]],
    ['none', [0xffffffff, 0, 0x80000001, 0]],
  ])('%s', (_, values) => {
    const keys = Uint32Array.from(values);
    const items = Int32Array.of(0, 1, 2, 3);
    sortByKey(keys, items);
    const expected = [0, 1, 2, 3].toSorted((a, b) => values[a]! - values[b]! || a - b);
    expect([...items]).toEqual(expected);
    expect([...keys]).toEqual(expected.map((i) => values[i]!));
  });
});

describe('rankValues', () => {
  test.each([Float32Array, Float64Array])('groups equal values in ascending order: %p', (Kind) => {
    const values = Kind.from([5, -1, 5, 0, -0, 9]);
    const { items, firstSlot } = rankValues(values, Int32Array.of(10, 11, 12, 13, 14, 15));
    expect([...items]).toEqual([11, 13, 14, 10, 12, 15]);
    expect([...firstSlot]).toEqual([0, 1, 3, 5, 6]);
  });

  test('tells float64 values apart that float32 cannot', () => {
    const values = Float64Array.of(1, 1 + 2 ** -50, -1, -1 - 2 ** -50);
    expect([...rankValues(values, Int32Array.of(0, 1, 2, 3)).items]).toEqual([3, 2, 0, 1]);
  });
});

describe('orderStatistics', () => {
  test('finds elements by rank without sorting', () => {
    const values = Float32Array.from(awkward);
    const sorted = values.toSorted();
    const ranks = [0, 1, 5, values.length - 1];
    expect(orderStatistics(values, ranks).map((v) => v + 0)).toEqual(ranks.map((rank) => sorted[rank]! + 0));
    expect([...values]).toEqual([...Float32Array.from(awkward)]);
  });

  test('works on a part of a larger buffer', () => {
    expect(orderStatistics(Float32Array.of(9, 1, 2, 3).subarray(1), [0, 2])).toEqual([1, 3]);
  });

  test('refuses ranks that do not exist', () => {
    expect(() => orderStatistics(Float32Array.of(1), [1])).toThrow('rank 1 of 1 values');
  });
});
