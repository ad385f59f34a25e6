import type { SortingSpace } from '../structures/ascending-order.js';
import { orderedKeys, sortByKey } from '../structures/ascending-order.js';
import { rankValues } from '../structures/value-ranks.js';
import type { FloodScene, Strips } from './flood-ground.js';

/** What ranking needs for so many cells. */
export class RankingMemory {
  readonly cells: Int32Array;
  readonly heights: Float32Array;
  /** In the memory of the heights, which they replace. */
  readonly keys: Uint32Array;
  readonly spare: SortingSpace;

  constructor(size: number) {
    this.cells = new Int32Array(size);
    this.keys = new Uint32Array(size);
    this.heights = new Float32Array(this.keys.buffer);
    this.spare = { keys: new Uint32Array(size), items: new Int32Array(size) };
  }
}

/**
 * Ranks the cells of a ground by height: writes into `ranks` how many cells are lower than each. O(n).
 *
 * @param size of cells in the strips
 * @throws {RangeError} if a height is NaN
 */
export function rankHeights(
  { relief, sign }: FloodScene,
  strips: Strips,
  size: number,
  memory: RankingMemory,
  ranks: Uint32Array,
): void {
  const cells = memory.cells.subarray(0, size);
  if (relief instanceof Float32Array) {
    const keys = memory.keys.subarray(0, size);
    const heights = memory.heights.subarray(0, size);
    gather(relief, sign, strips, heights, cells);
    sortByKey(orderedKeys(heights, keys), cells, memory.spare);
    let rank = 0;
    for (let slot = 0; slot < size; slot += 1) {
      if (keys[slot] !== keys[rank]) rank = slot;
      ranks[cells[slot]!] = rank;
    }
    return;
  }
  const heights = new Float64Array(size);
  gather(relief, sign, strips, heights, cells);
  const { items, firstSlot } = rankValues(heights, cells);
  for (let group = 0; group + 1 < firstSlot.length; group += 1) {
    for (let slot = firstSlot[group]!; slot < firstSlot[group + 1]!; slot += 1) ranks[items[slot]!] = firstSlot[group]!;
  }
}

/** Heights of the cells, strip by strip, and which cells these are. */
function gather<T extends Float32Array | Float64Array>(
  relief: T,
  sign: number,
  { pixels, cells, lengths }: Strips,
  heights: T,
  cellOf: Int32Array,
): void {
  let count = 0;
  for (let i = 0; i < cells.length; i += 1) {
    const pixel = pixels[i]!;
    const cell = cells[i]!;
    for (let k = 0; k < lengths[i]!; k += 1) {
      const height = sign * relief[pixel + k]!;
      if (height !== height) throw new RangeError('watershed: relief holds NaN inside the mask');
      heights[count] = height;
      cellOf[count] = cell + k;
      count += 1;
    }
  }
}
