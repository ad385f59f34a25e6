import { describe, expect, test } from '@jest/globals';
import { linkPairs, type Candidate } from '../../../src/processing/tracking/link-pairs.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

/** Cost of a choice of links with all that is left alone. */
function costOf(chosen: ArrayLike<number>, candidates: readonly Candidate[], ends: Float64Array, starts: Float64Array) {
  let cost = starts.reduce((a, b) => a + b, 0);
  for (const [from, to] of Array.from(chosen).entries()) {
    if (to < 0) cost += ends[from]!;
    else cost += Math.min(...candidates.filter((c) => c.from === from && c.to === to).map((c) => c.cost)) - starts[to]!;
  }
  return cost;
}

/** The least cost of all choices. */
function leastCost(candidates: readonly Candidate[], ends: Float64Array, starts: Float64Array): number {
  const choose = (from: number, chosen: readonly number[]): number => {
    if (from === ends.length) return costOf(chosen, candidates, ends, starts);
    const options = candidates.filter((c) => c.from === from && !chosen.includes(c.to)).map((c) => c.to);
    return Math.min(...[-1, ...options].map((to) => choose(from + 1, [...chosen, to])));
  };
  return choose(0, []);
}

describe('linkPairs', () => {
  test('costs as little as any choice of links, ends and starts', () => {
    const random = randomNumbers(5);
    for (let round = 0; round < 150; round++) {
      const [froms, tos] = [1 + Math.floor(random() * 5), 1 + Math.floor(random() * 5)];
      const ends = Float64Array.from({ length: froms }, () => random() * 4);
      const starts = Float64Array.from({ length: tos }, () => random() * 4);
      const candidates = Array.from({ length: Math.floor(random() * 14) }, () => ({
        from: Math.floor(random() * froms),
        to: Math.floor(random() * tos),
        cost: random() * 10 - 1,
      }));
      const chosen = linkPairs(candidates, ends, starts);
      expect(costOf(chosen, candidates, ends, starts)).toBeCloseTo(leastCost(candidates, ends, starts), 9);
    }
  });

  test('links nothing that costs as much as two loose ends', () => {
    const [ends, starts] = [Float64Array.of(3), Float64Array.of(4)];
    expect([...linkPairs([{ from: 0, to: 0, cost: 6.9 }], ends, starts)]).toEqual([0]);
    expect([...linkPairs([{ from: 0, to: 0, cost: 7 }], ends, starts)]).toEqual([-1]);
    expect([...linkPairs([], ends, starts)]).toEqual([-1]);
  });
});
