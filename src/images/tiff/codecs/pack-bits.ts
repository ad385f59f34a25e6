/**
 * Decodes PackBits (TIFF 6.0 section 9) into `target`: a byte n below 128 is followed by n + 1 literal bytes, one above
 * 128 repeats the next byte 257 - n times, 128 does nothing.
 *
 * @returns bytes written; fewer than `target` holds if the data end early. Output beyond `target` is dropped.
 */
export function decodePackBits(bytes: Uint8Array, target: Uint8Array): number {
  const end = bytes.length;
  const room = target.length;
  let position = 0;
  let at = 0;
  while (at < end && position < room) {
    const head = bytes[at]!;
    at += 1;
    if (head < 128) {
      const length = Math.min(head + 1, end - at, room - position);
      target.set(bytes.subarray(at, at + length), position);
      position += length;
      at += head + 1;
    } else if (head > 128) {
      if (at >= end) return position;
      const stop = Math.min(position + 257 - head, room);
      target.fill(bytes[at]!, position, stop);
      position = stop;
      at += 1;
    }
  }
  return position;
}
