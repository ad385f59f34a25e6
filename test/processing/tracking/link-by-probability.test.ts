import { describe, expect, test } from '@jest/globals';
import { linkByProbability, type ScoredPair } from '../../../src/processing/tracking/link-by-probability.js';

function pair(track: number, cell: number, same: number, daughter = 0): ScoredPair {
  return { track, cell, same, daughter };
}

function linked(pairs: readonly ScoredPair[], tracks: number, cells: number, options = {}) {
  const { next, second } = linkByProbability(pairs, tracks, cells, options);
  return { next: [...next], second: [...second] };
}

describe('linkByProbability', () => {
  test('takes the likeliest links together, not the likeliest first', () => {
    const pairs = [pair(0, 0, 0.9), pair(0, 1, 0.8), pair(1, 0, 0.85), pair(1, 1, 0.1)];
    expect(linked(pairs, 2, 2)).toEqual({ next: [1, 0], second: [-1, -1] });
  });

  test('leaves alone what is less likely than birth and death cost', () => {
    expect(linked([pair(0, 0, 0.02)], 1, 1).next).toEqual([0]);
    expect(linked([pair(0, 0, 0.005)], 1, 1).next).toEqual([-1]);
    expect(linked([pair(0, 0, 0.4)], 1, 1, { birth: 0.5, death: 0.5 }).next).toEqual([-1]);
  });

  test('lets a track divide into two new cells, or into the one that it goes on as and a new one', () => {
    const born = [pair(0, 0, 0, 0.95), pair(0, 1, 0, 0.92), pair(0, 2, 0, 0.91)];
    expect(linked(born, 1, 3)).toEqual({ next: [0], second: [1] });
    expect(linked([pair(0, 0, 0.6), pair(0, 1, 0, 0.95)], 1, 2)).toEqual({ next: [0], second: [1] });
    expect(linked([pair(0, 0, 0.6), pair(0, 1, 0, 0.85)], 1, 2)).toEqual({ next: [0], second: [-1] });
    expect(linked([pair(0, 0, 0.6), pair(0, 1, 0, 0.85)], 1, 2, { division: 0.8 }).second).toEqual([1]);
  });

  test('goes on as a lone daughter', () => {
    expect(linked([pair(0, 0, 0, 0.95)], 1, 1)).toEqual({ next: [0], second: [-1] });
  });

  test('gives each new cell one mother, the likelier', () => {
    const pairs = [pair(0, 0, 0.9), pair(1, 1, 0.9), pair(0, 2, 0, 0.92), pair(1, 2, 0, 0.97)];
    expect(linked(pairs, 2, 3)).toEqual({ next: [0, 1], second: [-1, 2] });
  });
});
