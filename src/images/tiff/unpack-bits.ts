/**
 * Spreads samples of 1 to 31 bits to whole elements. Rows begin on a byte; the first sample stands in the highest bits.
 *
 * @param bytes    packed rows
 * @param bits     bits of a sample
 * @param rowItems samples in a row
 * @param target   receives one element per sample, row after row
 */
export function unpackBits(
  bytes: Uint8Array,
  bits: number,
  rowItems: number,
  target: Uint8Array | Uint16Array | Uint32Array,
): void {
  const rowBytes = Math.ceil((rowItems * bits) / 8);
  const rows = Math.floor(target.length / rowItems);
  const range = 2 ** bits;
  for (let row = 0; row < rows; row += 1) {
    let at = row * rowBytes;
    let held = 0;
    let available = 0;
    for (let item = 0; item < rowItems; item += 1) {
      // Sums rather than shifts: up to 38 bits are held at a time.
      while (available < bits) {
        held = held * 256 + (bytes[at] ?? 0);
        at += 1;
        available += 8;
      }
      available -= bits;
      const rest = 2 ** available;
      target[row * rowItems + item] = Math.floor(held / rest) % range;
      held %= rest;
    }
  }
}
