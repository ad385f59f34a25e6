import { orderedKeys, sortByKey } from './ascending-order.js';

/** Items in ascending order of value, grouped: items `firstSlot[r]` to `firstSlot[r + 1]` share the r-th smallest value. */
export interface ValueRanks {
  readonly items: Int32Array;
  /** One entry more than there are distinct values. */
  readonly firstSlot: Int32Array;
}

/**
 * Ranks numbers by value, so that later steps compare small whole numbers. O(n) for values that float32 holds exactly,
 * about twice that for others.
 *
 * @param values not NaN; −0 and 0 rank alike
 * @param items  the item each value belongs to, same length; among equal values their order is kept
 */
export function rankValues(values: Float32Array | Float64Array, items: Int32Array): ValueRanks {
  const narrow = values instanceof Float32Array ? values : asFloat32(values);
  return narrow ? rankFloat32(narrow, items) : rankFloat64(values as Float64Array, items);
}

function rankFloat32(values: Float32Array, items: Int32Array): ValueRanks {
  const keys = orderedKeys(values);
  const sorted = items.slice();
  sortByKey(keys, sorted);
  return { items: sorted, firstSlot: groupStarts(keys.length, (i) => keys[i] !== keys[i - 1]) };
}

/** The 64-bit keys are sorted by their low halves first, then (stably) by their high halves. */
function rankFloat64(values: Float64Array, items: Int32Array): ValueRanks {
  const size = values.length;
  const floats = Float64Array.from(values, (value) => value + 0);
  const words = new Uint32Array(floats.buffer);
  const low = new Uint32Array(size);
  const high = new Uint32Array(size);
  for (let i = 0; i < size; i += 1) {
    const bits = words[2 * i + 1]!;
    const negative = (bits & 0x80000000) !== 0;
    high[i] = negative ? ~bits : bits | 0x80000000;
    low[i] = negative ? ~words[2 * i]! : words[2 * i]!;
  }
  const order = Int32Array.from({ length: size }, (_, i) => i);
  sortByKey(low, order);
  const highInOrder = new Uint32Array(size);
  for (let i = 0; i < size; i += 1) highInOrder[i] = high[order[i]!]!;
  sortByKey(highInOrder, order);
  const sorted = new Int32Array(size);
  for (let i = 0; i < size; i += 1) sorted[i] = items[order[i]!]!;
  return { items: sorted, firstSlot: groupStarts(size, (i) => floats[order[i]!] !== floats[order[i - 1]!]) };
}

/** The numbers as float32, if that loses nothing. */
function asFloat32(values: Float64Array): Float32Array | undefined {
  for (let i = 0; i < values.length; i += 1) {
    if (Math.fround(values[i]!) !== values[i]) return undefined;
  }
  return Float32Array.from(values);
}

function groupStarts(size: number, startsGroup: (place: number) => boolean): Int32Array {
  const starts = new Int32Array(size + 1);
  let groups = 0;
  for (let i = 0; i < size; i += 1) {
    if (i > 0 && !startsGroup(i)) continue;
    starts[groups] = i;
    groups += 1;
  }
  starts[groups] = size;
  return starts.slice(0, groups + 1);
}
