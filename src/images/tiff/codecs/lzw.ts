const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MAX_CODES = 4096;

/**
 * Decodes TIFF's LZW (most significant bit first, codes widened one early) into `target`.
 *
 * A string of the dictionary always stands in the output already: entry k is the previous string plus the byte that
 * followed it. So an entry is (where, how long), and emitting one is a copy within the output.
 *
 * @returns bytes written; fewer than `target` holds if the data end early. Output beyond `target` is dropped.
 */
export function decodeLzw(bytes: Uint8Array, target: Uint8Array): number {
  const starts = new Int32Array(MAX_CODES + 1);
  const lengths = new Int32Array(MAX_CODES + 1);
  const end = bytes.length;
  const room = target.length;
  let next = FIRST_FREE;
  let width = 9;
  let previousStart = -1;
  let previousLength = 0;
  let position = 0;
  let buffer = 0;
  let available = 0;
  let at = 0;
  while (position < room) {
    while (available < width) {
      if (at >= end) return position;
      // At most 11 bits are left over, so 8 more stay well within 31.
      buffer = ((buffer & ((1 << available) - 1)) << 8) | bytes[at]!;
      at += 1;
      available += 8;
    }
    available -= width;
    const code = (buffer >>> available) & ((1 << width) - 1);
    if (code === END) return position;
    if (code === CLEAR) {
      next = FIRST_FREE;
      width = 9;
      previousStart = -1;
      continue;
    }
    const start = position;
    let length = 1;
    if (code < CLEAR) {
      target[position] = code;
    } else {
      if (code > next || previousStart < 0) return position;
      // The entry made in this very step is the previous string and its own first byte: it overlaps what it writes.
      const from = code === next ? previousStart : starts[code]!;
      length = code === next ? previousLength + 1 : lengths[code]!;
      if (position + length > room) length = room - position;
      if (length > 32 && from + length <= position) {
        target.copyWithin(position, from, from + length);
      } else {
        for (let index = 0; index < length; index += 1) target[position + index] = target[from + index]!;
      }
    }
    position += length;
    if (previousStart >= 0 && next < MAX_CODES) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next += 1;
      if (next + 1 >= 1 << width && width < 12) width += 1;
    }
    previousStart = start;
    previousLength = length;
  }
  return position;
}
