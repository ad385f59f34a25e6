import { endianness } from 'node:os';

/** Byte order of this machine; TypedArrays follow it. */
export const HOST_IS_LITTLE_ENDIAN = endianness() === 'LE';

/** Reverses the bytes of every element in place. */
export function swapBytes(bytes: Uint8Array, elementBytes: number): void {
  if (elementBytes === 1) return;
  const length = bytes.byteLength - (bytes.byteLength % elementBytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (elementBytes === 2) buffer.swap16();
  else if (elementBytes === 4) buffer.swap32();
  else buffer.swap64();
}

/** Reverses the bits of every byte in place (FillOrder 2). */
export function reverseBits(bytes: Uint8Array): void {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let reversed = 0;
    for (let bit = 0; bit < 8; bit += 1) reversed |= ((byte >> bit) & 1) << (7 - bit);
    table[byte] = reversed;
  }
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = table[bytes[index]!]!;
}
