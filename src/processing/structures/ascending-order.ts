/** Most bits of the key that one pass orders by. */
const DIGIT_BITS = 11;

/**
 * Bit pattern of each float32, changed so that unsigned order of the patterns is the order of the numbers.
 * −0 and 0 get one key; NaN has no place in the order and must be kept out by the caller.
 *
 * @param keys where to write; may lie in the same memory as the values. Default: a new array
 */
export function orderedKeys(values: Float32Array, keys: Uint32Array = new Uint32Array(values.length)): Uint32Array {
  const floats = new Float32Array(keys.buffer, keys.byteOffset, keys.length);
  for (let i = 0; i < values.length; i += 1) {
    floats[i] = values[i]! + 0;
    const bits = keys[i]!;
    keys[i] = bits & 0x80000000 ? ~bits : bits | 0x80000000;
  }
  return keys;
}

/** Memory in which to sort. */
export interface SortingSpace {
  readonly keys: Uint32Array;
  readonly items: Int32Array;
}

/**
 * Sorts `items` in place by ascending key; equal keys keep their order. Stable counting sort, O(n).
 *
 * @param keys  sort keys, beside `items`; sorted as well
 * @param items whatever the keys belong to
 * @param spare at least as long; its contents are lost. Default: new arrays
 */
export function sortByKey(
  keys: Uint32Array,
  items: Int32Array,
  spare: SortingSpace = { keys: new Uint32Array(keys.length), items: new Int32Array(keys.length) },
): void {
  const size = keys.length;
  // Bits in which all keys agree order nothing.
  const width = 32 - Math.clz32(differingBits(keys));
  const passes = Math.ceil(width / DIGIT_BITS);
  const digitBits = Math.ceil(width / passes);
  const places = new Int32Array(passes > 0 ? 1 << digitBits : 0);
  let from: SortingSpace = { keys, items };
  let to: SortingSpace = { keys: spare.keys.subarray(0, size), items: spare.items.subarray(0, size) };
  for (let pass = 0; pass < passes; pass += 1) {
    sortByDigit(from, to, pass * digitBits, places);
    [from, to] = [to, from];
  }
  if (from.keys !== keys) {
    keys.set(from.keys);
    items.set(from.items);
  }
}

function differingBits(keys: Uint32Array): number {
  const first = keys[0] ?? 0;
  let bits = 0;
  for (let i = 0; i < keys.length; i += 1) bits |= keys[i]! ^ first;
  return bits;
}

/** Sorts by as many bits from `shift` on as `places` has room for. */
function sortByDigit(from: SortingSpace, to: SortingSpace, shift: number, places: Int32Array): void {
  const { keys, items } = from;
  const { keys: toKeys, items: toItems } = to;
  const mask = places.length - 1;
  places.fill(0);
  for (let i = 0; i < keys.length; i += 1) places[(keys[i]! >>> shift) & mask]! += 1;
  let place = 0;
  for (let digit = 0; digit < places.length; digit += 1) {
    const count = places[digit]!;
    places[digit] = place;
    place += count;
  }
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    const digit = (key >>> shift) & mask;
    const next = places[digit]!;
    places[digit] = next + 1;
    toKeys[next] = key;
    toItems[next] = items[i]!;
  }
}
