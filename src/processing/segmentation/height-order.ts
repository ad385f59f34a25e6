import { orderedKeys } from '../structures/ascending-order.js';
import { rankValues } from '../structures/value-ranks.js';

/** Whole numbers up to this are exact in float64. */
const EXACT = Number.MAX_SAFE_INTEGER;

/**
 * Whole numbers that stand in the order of the heights (equal for equal heights), so small that
 * `number · ages + age` is exact for every age below `ages`.
 *
 * Bit patterns serve where they are close enough together, which costs nothing; else heights are ranked.
 *
 * @throws {RangeError} if a height is NaN, or even ranks are too large: about 90 million pixels
 */
export function orderHeights(heights: Float32Array | Float64Array, ages: number): Uint32Array {
  for (let i = 0; i < heights.length; i += 1) {
    if (heights[i] !== heights[i]) throw new RangeError('watershed: relief holds NaN inside the mask');
  }
  const keys = heights instanceof Float32Array ? offsetKeys(heights, ages) : undefined;
  return keys ?? ranksOf(heights, ages);
}

function offsetKeys(heights: Float32Array, ages: number): Uint32Array | undefined {
  const keys = orderedKeys(heights);
  let least = 0xffffffff;
  let greatest = 0;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    if (key < least) least = key;
    if (key > greatest) greatest = key;
  }
  if ((greatest - least + 1) * ages > EXACT) return undefined;
  for (let i = 0; i < keys.length; i += 1) keys[i]! -= least;
  return keys;
}

function ranksOf(heights: Float32Array | Float64Array, ages: number): Uint32Array {
  const { items, firstSlot } = rankValues(
    heights,
    Int32Array.from({ length: heights.length }, (_, i) => i),
  );
  if (firstSlot.length * ages > EXACT) {
    throw new RangeError(`watershed: ${heights.length} pixels cannot be flooded at once; cut the image into blocks`);
  }
  const ranks = new Uint32Array(heights.length);
  for (let rank = 0; rank + 1 < firstSlot.length; rank += 1) {
    for (let slot = firstSlot[rank]!; slot < firstSlot[rank + 1]!; slot += 1) ranks[items[slot]!] = rank;
  }
  return ranks;
}
