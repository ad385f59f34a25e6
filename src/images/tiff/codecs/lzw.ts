const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MAX_CODES = 4096;

/** From this length on, the engine's block copy beats a loop. */
const BLOCK_COPY_LENGTH = 24;

/** Decodes one stream into `target`; returns the bytes written. */
export type LzwDecoder = (bytes: Uint8Array, target: Uint8Array) => number;

/**
 * A decoder for TIFF's LZW (most significant bit first, codes widened one early). The dictionary's memory is shared by
 * the streams decoded one after another.
 *
 * A string of the dictionary always stands in the output already: entry k is the previous string plus the byte that
 * followed it. So an entry is (where, how long), and emitting one is a copy within the output.
 *
 * The decoder writes fewer bytes than `target` holds if the data end early or are damaged; output beyond `target` is
 * dropped.
 */
export function createLzwDecoder(): LzwDecoder {
  const starts = new Int32Array(MAX_CODES);
  const lengths = new Int32Array(MAX_CODES);
  return (bytes, target) => decode(bytes, target, starts, lengths);
}

function decode(bytes: Uint8Array, target: Uint8Array, starts: Int32Array, lengths: Int32Array): number {
  const end = bytes.length;
  const room = target.length;
  let next = FIRST_FREE;
  let width = 9;
  let widenAt = 511;
  let previousStart = -1;
  let previousLength = 0;
  let position = 0;
  let held = 0;
  let available = 0;
  let at = 0;
  while (position < room) {
    while (available < width) {
      if (at >= end) return position;
      // Bits above the unread ones are shifted out or masked away below.
      held = (held << 8) | bytes[at]!;
      at += 1;
      available += 8;
    }
    available -= width;
    const code = (held >>> available) & ((1 << width) - 1);
    const start = position;
    if (code < CLEAR) {
      target[position] = code;
      position += 1;
    } else if (code === CLEAR) {
      next = FIRST_FREE;
      width = 9;
      widenAt = 511;
      previousStart = -1;
      continue;
    } else if (code === END) {
      return position;
    } else {
      if (code > next || previousStart < 0) return position;
      // The entry made in this very step is the previous string and its own first byte: it overlaps what it writes.
      const from = code === next ? previousStart : starts[code]!;
      const stop = Math.min(position + (code === next ? previousLength + 1 : lengths[code]!), room);
      if (stop - position >= BLOCK_COPY_LENGTH && from + stop - position <= position) {
        target.copyWithin(position, from, from + stop - position);
        position = stop;
      } else {
        for (let source = from; position < stop; source += 1, position += 1) target[position] = target[source]!;
      }
    }
    if (previousStart >= 0 && next < MAX_CODES) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next += 1;
      if (next === widenAt && width < 12) {
        width += 1;
        widenAt = (1 << width) - 1;
      }
    }
    previousStart = start;
    previousLength = position - start;
  }
  return position;
}
