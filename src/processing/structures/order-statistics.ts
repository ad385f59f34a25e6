const HALF_BITS = 16;
const HALVES = 1 << HALF_BITS;

/**
 * The k-th smallest numbers for several k at once, without sorting. Two counting passes over the bits: O(n), whatever the values.
 *
 * @param values not NaN; left as they are
 * @param ranks  each a whole number from 0 to the number of values − 1
 * @throws {RangeError} if a rank lies outside
 */
export function orderStatistics(values: Float32Array, ranks: readonly number[]): number[] {
  const wrong = ranks.find((rank) => !Number.isInteger(rank) || rank < 0 || rank >= values.length);
  if (wrong !== undefined) throw new RangeError(`orderStatistics: rank ${wrong} of ${values.length} values`);
  const counts = new Uint32Array(HALVES);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i += 1) counts[keyOf(bits[i]!) >>> HALF_BITS]! += 1;
  const found = new Map<number, Uint32Array>();
  return ranks.map((rank) => {
    const [high, rest] = locate(counts, rank);
    let low = found.get(high);
    if (!low) {
      low = countLowHalves(bits, high);
      found.set(high, low);
    }
    return valueOf(((high << HALF_BITS) | locate(low, rest)[0]) >>> 0);
  });
}

/** Pattern of a float32 changed so that unsigned order is the order of the numbers. */
function keyOf(pattern: number): number {
  return (pattern & 0x80000000 ? ~pattern : pattern | 0x80000000) >>> 0;
}

function valueOf(key: number): number {
  const words = Uint32Array.of(key & 0x80000000 ? key & 0x7fffffff : ~key);
  return new Float32Array(words.buffer)[0]!;
}

function countLowHalves(bits: Uint32Array, high: number): Uint32Array {
  const counts = new Uint32Array(HALVES);
  for (let i = 0; i < bits.length; i += 1) {
    const key = keyOf(bits[i]!);
    if (key >>> HALF_BITS === high) counts[key & (HALVES - 1)]! += 1;
  }
  return counts;
}

/** The bin that holds the element of this rank, and its rank within the bin. */
function locate(counts: Uint32Array, rank: number): [bin: number, rest: number] {
  let rest = rank;
  let bin = 0;
  while (rest >= counts[bin]!) {
    rest -= counts[bin]!;
    bin += 1;
  }
  return [bin, rest];
}
