/** Bits of the key that one counting pass orders by; three passes cover 32. */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const PASSES = 3;

/**
 * Bit pattern of each float32, changed so that unsigned order of the patterns is the order of the numbers.
 * −0 and 0 get one key; NaN has no place in the order and must be kept out by the caller.
 *
 * @param keys where to write; may lie in the same memory as the values. Default: a new array
 */
export function orderedKeys(values: Float32Array, keys = new Uint32Array(values.length)): Uint32Array {
  const floats = new Float32Array(keys.buffer, keys.byteOffset, keys.length);
  for (let i = 0; i < values.length; i += 1) {
    floats[i] = values[i]! + 0;
    const bits = keys[i]!;
    keys[i] = bits & 0x80000000 ? ~bits : bits | 0x80000000;
  }
  return keys;
}

/**
 * Sorts `items` in place by ascending key; equal keys keep their order. Stable counting sort, O(n).
 *
 * @param keys  sort keys, beside `items`; sorted as well
 * @param items whatever the keys belong to
 */
export function sortByKey(keys: Uint32Array, items: Int32Array): void {
  const size = keys.length;
  const counts = digitCounts(keys);
  let fromKeys = keys;
  let fromItems = items;
  let toKeys: Uint32Array = new Uint32Array(size);
  let toItems: Int32Array = new Int32Array(size);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const next = counts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    if (!toOffsets(next, size)) continue;
    const shift = pass * DIGIT_BITS;
    for (let i = 0; i < size; i += 1) {
      const key = fromKeys[i]!;
      const digit = (key >>> shift) & (DIGITS - 1);
      const place = next[digit]!;
      next[digit] = place + 1;
      toKeys[place] = key;
      toItems[place] = fromItems[i]!;
    }
    [fromKeys, toKeys] = [toKeys, fromKeys];
    [fromItems, toItems] = [toItems, fromItems];
  }
  if (fromKeys !== keys) {
    keys.set(fromKeys);
    items.set(fromItems);
  }
}

function digitCounts(keys: Uint32Array): Int32Array {
  const counts = new Int32Array(PASSES * DIGITS);
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    counts[key & (DIGITS - 1)]! += 1;
    counts[DIGITS + ((key >>> DIGIT_BITS) & (DIGITS - 1))]! += 1;
    counts[2 * DIGITS + (key >>> (2 * DIGIT_BITS))]! += 1;
  }
  return counts;
}

/** Turns counts into first places; false if one digit holds everything, so that the pass would change nothing. */
function toOffsets(counts: Int32Array, size: number): boolean {
  let place = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const count = counts[digit]!;
    if (count === size) return false;
    counts[digit] = place;
    place += count;
  }
  return true;
}
