import { KioskError } from '../../errors/kiosk-error.js';

/** Wire types of the protobuf encoding; 3 and 4 are the deprecated groups. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/**
 * Reads protobuf messages in place. Every read is checked against the end of the message, so hostile bytes lead to
 * `KC_MODEL_OUTPUT`, never to a read outside or to memory in proportion to a number that the message claims.
 *
 * @see the encoding page of the Protocol Buffers documentation
 */
export class WireReader {
  constructor(
    readonly bytes: Uint8Array,
    public position = 0,
    readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.position >= this.end;
  }

  /** The next tag: field number × 8 + wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag >>> 3 === 0) throw malformed('a field number is 0', this.position);
    return tag;
  }

  /** The low 32 bits of a varint, unsigned. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw malformed('a number runs past the end', this.position);
      const byte = this.bytes[this.position++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed('a number is longer than ten bytes', this.position);
  }

  /** A signed 64-bit varint as a number; beyond 2^53 only its size is right. */
  int64(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= this.end) throw malformed('a number runs past the end', this.position);
      const byte = this.bytes[this.position++]!;
      if (index < 4) low += (byte & 0x7f) * 2 ** (7 * index);
      else high += (byte & 0x7f) * 2 ** (7 * (index - 4));
      if (byte >= 0x80) continue;
      if (high < 2 ** 25) return low + high * 2 ** 28;
      return Number(BigInt.asIntN(64, BigInt(low) + (BigInt(high) << 28n)));
    }
    throw malformed('a number is longer than ten bytes', this.position);
  }

  /** Steps over the length of a bytes field and its content. @returns where the content begins; `position` is its end */
  skipBytes(): number {
    const length = this.int64();
    if (length < 0 || length > this.end - this.position) {
      throw malformed(
        `a field of ${length} bytes does not fit into the ${this.end - this.position} that are left`,
        this.position,
      );
    }
    const start = this.position;
    this.position += length;
    return start;
  }

  /** A nested message; this reader goes on behind it. */
  message(): WireReader {
    const start = this.skipBytes();
    return new WireReader(this.bytes, start, this.position);
  }

  string(): string {
    const start = this.skipBytes();
    return UTF8.decode(this.bytes.subarray(start, this.position));
  }

  /**
   * Steps over values of `size` bytes that each follow the same one-byte `tag`: the first, whose tag has been read,
   * and as many as come right behind it. Unpacked arrays are such runs.
   * @returns how many there are
   */
  skipRun(tag: number, size: number): number {
    this.advance(size);
    const { bytes, end } = this;
    let position = this.position;
    let count = 1;
    for (; position + size < end && bytes[position] === tag; position += size + 1) count++;
    this.position = position;
    return count;
  }

  /** Steps over the value of a field that is not known. */
  skip(tag: number): void {
    let depth = 0;
    for (let next = tag; ; next = this.tag()) {
      const wireType = next & 7;
      if (wireType === WIRE.groupStart) depth++;
      else if (wireType === WIRE.groupEnd) depth--;
      else this.skipValue(wireType);
      if (depth < 0) throw malformed('a group ends that did not begin', this.position);
      if (depth === 0) return;
    }
  }

  /** Steps over `length` bytes. */
  advance(length: number): void {
    if (length > this.end - this.position) throw malformed('a value runs past the end', this.position);
    this.position += length;
  }

  private skipValue(wireType: number): void {
    if (wireType === WIRE.varint) this.uint32();
    else if (wireType === WIRE.fixed64) this.advance(8);
    else if (wireType === WIRE.bytes) this.skipBytes();
    else if (wireType === WIRE.fixed32) this.advance(4);
    else throw malformed(`wire type ${wireType} does not exist`, this.position);
  }
}

const UTF8 = new TextDecoder();

/** The error of a message that does not keep to the encoding. */
export function malformed(what: string, position: number): KioskError {
  return new KioskError(
    'KC_MODEL_OUTPUT',
    `The answer of the model server is damaged: ${what} (at byte ${position}).`,
    {
      hint: 'check that the address is that of a TensorFlow Serving gRPC port and that nothing between cuts messages short',
    },
  );
}

/**
 * Collects the parts of a message. Large byte arrays are kept as views and copied once, when the whole message is
 * made; nothing may change them before.
 */
export class WireWriter {
  private readonly parts: Uint8Array[] = [];
  byteLength = 0;

  varint(field: number, value: number | bigint): this {
    return this.number(field * 8 + WIRE.varint).number(value);
  }

  bytes(field: number, content: Uint8Array): this {
    return this.number(field * 8 + WIRE.bytes)
      .number(content.byteLength)
      .append(content);
  }

  string(field: number, text: string): this {
    return this.bytes(field, Buffer.from(text));
  }

  message(field: number, content: WireWriter): this {
    this.number(field * 8 + WIRE.bytes).number(content.byteLength);
    for (const part of content.parts) this.append(part);
    return this;
  }

  /** The message: one allocation, one copy. */
  toBuffer(): Buffer {
    return Buffer.concat(this.parts, this.byteLength);
  }

  private number(value: number | bigint): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    return this.append(Uint8Array.from(bytes));
  }

  private append(part: Uint8Array): this {
    this.parts.push(part);
    this.byteLength += part.byteLength;
    return this;
  }
}
