import type { TypedArray } from '../../processing/array/nd-array.js';
import type { WireType } from './tensor-types.js';
import { WIRE, type WireReader } from './wire-format.js';

/**
 * Copies the values of one typed field of a `TensorProto` into `out`, in the order in which they come. The message has
 * been walked and its values counted before: there are at most `out.length`, and all lie inside.
 */
export function readValues(reader: WireReader, type: WireType, out: TypedArray): void {
  const target = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  let next = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 !== type.field) {
      reader.skip(tag);
    } else if ((tag & 7) === WIRE.bytes) {
      const start = reader.skipBytes();
      next = readBlock(reader.bytes, start, reader.position, type, out, target, next);
    } else {
      next = readSingles(reader, tag, type, out, target, next);
    }
  }
}

/** The wire type of one value outside a packed block; `fixedBytes` 4, 8, or 0 (or undefined) for varints. */
export function wireTypeOfSingle(fixedBytes: number | undefined): number {
  return fixedBytes === 4 ? WIRE.fixed32 : fixedBytes === 8 ? WIRE.fixed64 : WIRE.varint;
}

/** Unpacked values: one, or a run of those of fixed size. @returns index of the next free element */
function readSingles(
  reader: WireReader,
  tag: number,
  type: WireType,
  out: TypedArray,
  target: Uint8Array,
  next: number,
): number {
  const start = reader.position;
  const size = type.fixedBytes;
  if ((tag & 7) !== wireTypeOfSingle(size)) {
    reader.skip(tag);
    return next;
  }
  if (size === undefined) {
    reader.skip(tag);
    return readBlock(reader.bytes, start, reader.position, type, out, target, next);
  }
  const count = reader.skipRun(tag, size);
  copyRun(reader.bytes, start, size, count, new Uint32Array(target.buffer), (next * size) / 4);
  return next + count;
}

/** Copies values that stand `size` + 1 bytes apart, as 32-bit words: the source is not aligned, the target is. */
function copyRun(bytes: Uint8Array, start: number, size: number, count: number, out: Uint32Array, first: number): void {
  let word = first;
  let from = start;
  for (let i = 0; i < count; i++) {
    out[word++] = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
    if (size === 8) {
      out[word++] = bytes[from + 4]! | (bytes[from + 5]! << 8) | (bytes[from + 6]! << 16) | (bytes[from + 7]! << 24);
    }
    from += size + 1;
  }
}

/** @returns index of the next free element */
function readBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  { fixedBytes, dtype }: WireType,
  out: TypedArray,
  target: Uint8Array,
  next: number,
): number {
  if (fixedBytes !== undefined) {
    const offset = next * fixedBytes;
    if (end - start > SHORT_BLOCK) target.set(bytes.subarray(start, end), offset);
    else for (let i = start; i < end; i++) target[offset + i - start] = bytes[i]!;
    return next + (end - start) / fixedBytes;
  }
  if (dtype === 'int64' || dtype === 'uint64')
    return readLongs(bytes, start, end, new Uint32Array(target.buffer), next);
  const read = dtype === 'bool' ? readBooleans : readIntegers;
  return read(bytes, start, end, out as SmallArray, next);
}

/** Below this many bytes a loop is faster than a view and a memory copy. */
const SHORT_BLOCK = 64;

type SmallArray = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** Keeps the low 32 bits; the array keeps those that it holds. */
function readIntegers(bytes: Uint8Array, start: number, end: number, out: SmallArray, next: number): number {
  let index = next;
  let value = 0;
  let shift = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) {
      out[index++] = value;
      value = 0;
      shift = 0;
    }
  }
  return index;
}

/** Any bit that is set makes true. */
function readBooleans(bytes: Uint8Array, start: number, end: number, out: SmallArray, next: number): number {
  let index = next;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    value |= byte & 0x7f;
    if (byte < 0x80) {
      out[index++] = value === 0 ? 0 : 1;
      value = 0;
    }
  }
  return index;
}

/** Puts 64-bit values together from 32-bit words: no BigInt is made. */
function readLongs(bytes: Uint8Array, start: number, end: number, words: Uint32Array, next: number): number {
  let index = next * 2;
  let low = 0;
  let high = 0;
  let shift = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const part = byte & 0x7f;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high = part >>> 4;
    } else if (shift < 64) high |= part << (shift - 32);
    shift += 7;
    if (byte < 0x80) {
      words[index++] = low;
      words[index++] = high;
      low = high = shift = 0;
    }
  }
  return index / 2;
}
