import { linkPairs, type Candidate } from './link-pairs.js';

/** A track and a cell of the next frame, and what a model says of them: probabilities. */
export interface ScoredPair {
  readonly track: number;
  readonly cell: number;
  readonly same: number;
  readonly daughter: number;
}

/** Costs and bounds of the Kiosk's trackers (`BIRTH`, `DEATH`, `DIVISION`); each 0 … 1. */
export interface ProbabilityOptions {
  /** Cost of a cell that begins a track. Default 0.99. */
  readonly birth?: number;
  /** Cost of a track that ends. Default 0.99. */
  readonly death?: number;
  /** Least probability at which a new cell is taken for a daughter. Default 0.9. */
  readonly division?: number;
}

/** How tracks go on in the next frame. */
export interface ProbableLinks {
  /** For each track the cell that it goes on as; -1 for none. */
  readonly next: Int32Array;
  /** For each track that divides the second daughter, `next` being the first; -1 for all others. */
  readonly second: Int32Array;
}

/**
 * Decides from a model's probabilities how tracks go on: an assignment with alternatives on 1 − P(same), then one of the
 * cells left over to mothers on 1 − P(daughter).
 *
 * A pair is linked if 1 − P(same) is less than the mean of `birth` and `death`, and no other choice is cheaper: that is
 * what the augmented matrix of Jaqaman et al. (2008) does, whose lower right block repeats the costs of the links. A
 * mother with two new daughters divides; with one it divides if it also goes on as another cell, which then is the
 * second daughter, else it goes on as that one.
 */
export function linkByProbability(
  pairs: readonly ScoredPair[],
  tracks: number,
  cells: number,
  options: ProbabilityOptions = {},
): ProbableLinks {
  const { birth = 0.99, death = 0.99, division = 0.9 } = options;
  const next = linkPairs(
    pairs.map(({ track, cell, same }) => ({ from: track, to: cell, cost: 1 - same })),
    new Float64Array(tracks).fill(death / 2),
    new Float64Array(cells).fill(birth / 2),
  );
  const second = new Int32Array(tracks).fill(-1);
  for (const [track, daughters] of findDaughters(pairs, next, cells, division)) {
    const [first, other] = next[track]! < 0 ? daughters : [next[track]!, ...daughters];
    next[track] = first!;
    second[track] = other ?? -1;
  }
  return { next, second };
}

/** New cells by mother; a mother that goes on has room for one more, others for two. */
function findDaughters(
  pairs: readonly ScoredPair[],
  next: Int32Array,
  cells: number,
  division: number,
): Map<number, number[]> {
  const taken = new Set(next);
  const candidates = pairs
    .filter(({ cell, daughter }) => !taken.has(cell) && daughter >= division)
    .flatMap(({ track, cell, daughter }): Candidate[] => {
      const rooms = next[track]! < 0 ? [2 * track, 2 * track + 1] : [2 * track];
      return rooms.map((from) => ({ from, to: cell, cost: -daughter }));
    });
  const chosen = linkPairs(candidates, new Float64Array(2 * next.length), new Float64Array(cells));
  const found = new Map<number, number[]>();
  for (const [room, cell] of chosen.entries()) {
    if (cell < 0) continue;
    const track = Math.floor(room / 2);
    found.set(track, [...(found.get(track) ?? []), cell]);
  }
  return found;
}
