/** CRC-32C (Castagnoli), which Google gives for every object; big-endian in base64, as in its API. */
export class Crc32c {
  private value = 0xffffffff;

  update(chunk: Uint8Array): void {
    let value = this.value;
    for (const byte of chunk) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
    this.value = value;
  }

  base64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((this.value ^ 0xffffffff) >>> 0);
    return bytes.toString('base64');
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_none, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});
