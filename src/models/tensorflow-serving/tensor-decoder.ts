import { KioskError } from '../../errors/kiosk-error.js';
import { sizeOf } from '../../processing/array/nd-array.js';
import type { Tensor, TensorDType } from '../contract.js';
import { bytesOf, bytesPerElement, rawTensor, tensorWithin } from '../tensor.js';
import { readValues, wireTypeOfSingle } from './tensor-values.js';
import { wireTypeOf } from './tensor-types.js';
import { malformed, WIRE, WireReader } from './wire-format.js';

/**
 * How much one answer may grow by "one value that fills the shape", in bytes: 8192 × 8192 float32. All other tensors
 * are at most eight times as large in memory as in the message.
 */
export const MAX_FILLED_BYTES = 256 * 1024 * 1024;

/** What is left of {@link MAX_FILLED_BYTES} for the tensors of one answer. */
export interface FillBudget {
  bytes: number;
}

/**
 * Reads a `TensorProto`: `tensor_content`, else the typed field of its dtype, packed, unpacked, in several packed
 * pieces or mixed; a single value fills the shape. No array of JavaScript numbers is made.
 *
 * Values that lie in the message as they lie in memory are not copied: the tensor is a view of the message, whose bytes
 * are moved by up to three places where they are not aligned. The message is used up by that.
 *
 * NaN is let through (see `checkOutputs`). Integers wider than their dtype are cut as protobuf does.
 *
 * @param name of the output, for errors
 * @throws {KioskError} `KC_MODEL_OUTPUT` for damaged bytes, types that are not numbers, an unknown shape, or a number
 *   of values other than the shape's
 */
export function decodeTensor(
  reader: WireReader,
  name: string,
  budget: FillBudget = { bytes: MAX_FILLED_BYTES },
): Tensor {
  const start = reader.position;
  const header = readHeader(reader, name);
  const type = wireTypeOf(header.dtype, name);
  const elements = sizeOf(header.shape);
  const wanted = elements * bytesPerElement(type.dtype);
  if (header.contentEnd > header.contentStart) {
    const found = header.contentEnd - header.contentStart;
    if (found !== wanted)
      throw wrongLength(name, header.shape, `tensor_content of ${found} bytes, ${type.dtype} takes ${wanted}`);
    return takeBlock(reader.bytes, header.contentStart, type.dtype, header.shape);
  }
  const count = header.counts[type.field] ?? 0;
  const { block } = header;
  if (count === elements && block?.field === type.field && block.values === count) {
    return takeBlock(reader.bytes, block.start, type.dtype, header.shape);
  }
  const fills = count === 1 && elements > 1;
  if (count !== elements && !fills) throw wrongLength(name, header.shape, `${count} values`);
  if (fills) budget.bytes -= wanted;
  if (budget.bytes < 0)
    throw wrongLength(name, header.shape, 'one value, and filling a shape this large with it is refused');
  const tensor = rawTensor(type.dtype, header.shape);
  readValues(new WireReader(reader.bytes, start, reader.end), type, tensor.data);
  if (fills) tensor.data.fill(tensor.data[0] as never);
  return tensor;
}

/** What gRPC has before a message, in the same buffer. */
const FRAME_HEAD_BYTES = 5;

/** Small messages lie in memory that Node shares among many; a tensor there could not be moved to a thread. */
function hasOwnMemory({ buffer, byteLength }: Uint8Array): boolean {
  return buffer.byteLength - byteLength <= FRAME_HEAD_BYTES;
}

interface TensorHeader {
  dtype: number;
  shape: number[];
  contentStart: number;
  contentEnd: number;
  /** Values in each typed field, by field number. */
  counts: number[];
  /** The last packed block of values of fixed size. */
  block: { readonly field: number; readonly start: number; readonly values: number } | undefined;
}

/**
 * So far at most are values moved to be aligned. The tag and length before them, and the tags and lengths of what is around, are
 * read by then and longer than that: no other value is overwritten.
 */
const FARTHEST_MOVE = 3;

/** The values that begin at `start`, as a view of the message, or as a copy where they would have to be moved farther. */
function takeBlock(message: Uint8Array, start: number, dtype: TensorDType, shape: readonly number[]): Tensor {
  const length = sizeOf(shape) * bytesPerElement(dtype);
  const move = (message.byteOffset + start) % bytesPerElement(dtype);
  const { buffer } = message;
  if (move <= Math.min(FARTHEST_MOVE, start) && hasOwnMemory(message) && buffer instanceof ArrayBuffer) {
    if (move > 0) message.copyWithin(start - move, start, start + length);
    return tensorWithin(dtype, shape, buffer, message.byteOffset + start - move);
  }
  const tensor = rawTensor(dtype, shape);
  bytesOf(tensor).set(message.subarray(start, start + length));
  return tensor;
}

const FIELD = { dtype: 1, shape: 2, content: 4 } as const;
const LAST_VALUE_FIELD = 17;

/** Bytes of one value in each typed field; varints are 0; absent: not read. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 5: 4, 6: 8, 7: 0, 10: 0, 11: 0, 13: 0, 16: 0, 17: 0 };

function readHeader(reader: WireReader, name: string): TensorHeader {
  const header: TensorHeader = {
    dtype: 0,
    shape: [],
    contentStart: 0,
    contentEnd: 0,
    counts: Array(LAST_VALUE_FIELD + 1).fill(0) as number[],
    block: undefined,
  };
  while (!reader.done) {
    const tag = reader.tag();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field === FIELD.dtype && wireType === WIRE.varint) header.dtype = reader.uint32();
    else if (field === FIELD.shape && wireType === WIRE.bytes) readShape(reader.message(), header.shape, name);
    else if (field === FIELD.content && wireType === WIRE.bytes) {
      header.contentStart = reader.skipBytes();
      header.contentEnd = reader.position;
    } else if (VALUE_BYTES[field] === undefined) reader.skip(tag);
    else {
      const fixedBytes = VALUE_BYTES[field];
      const values = countValues(reader, tag, fixedBytes);
      header.counts[field]! += values;
      if (wireType === WIRE.bytes && fixedBytes > 0) {
        header.block = { field, start: reader.position - values * fixedBytes, values };
      }
    }
  }
  return header;
}

/** Values in one occurrence of a typed field: one, or a packed block of them. Steps over them. */
function countValues(reader: WireReader, tag: number, fixedBytes: number): number {
  if ((tag & 7) !== WIRE.bytes) {
    const single = (tag & 7) === wireTypeOfSingle(fixedBytes);
    if (single && fixedBytes > 0) return reader.skipRun(tag, fixedBytes);
    reader.skip(tag);
    return single ? 1 : 0;
  }
  const start = reader.skipBytes();
  const length = reader.position - start;
  if (fixedBytes === 0) return countVarints(reader.bytes, start, reader.position);
  if (length % fixedBytes !== 0)
    throw malformed(`a packed block of ${length} bytes is no multiple of ${fixedBytes}`, start);
  return length / fixedBytes;
}

function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += (bytes[i]! >>> 7) ^ 1;
  if (end > start && bytes[end - 1]! >= 0x80) throw malformed('a packed block ends inside a number', end);
  return count;
}

/** Appends the lengths of the axes to `shape`. */
function readShape(reader: WireReader, shape: number[], name: string): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 2 * 8 + WIRE.bytes) shape.push(readAxis(reader.message(), name));
    else if (tag === 3 * 8 + WIRE.varint && reader.uint32() !== 0) throw unknownShape(name);
    else if (tag !== 3 * 8 + WIRE.varint) reader.skip(tag);
    if (shape.length > MAX_RANK) throw malformed(`a shape has more than ${MAX_RANK} axes`, reader.position);
  }
}

/** TensorFlow's own limit. */
const MAX_RANK = 254;

function readAxis(reader: WireReader, name: string): number {
  let length = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 * 8 + WIRE.varint) length = reader.int64();
    else reader.skip(tag);
  }
  if (length < 0) throw unknownShape(name);
  return length;
}

function unknownShape(name: string): KioskError {
  return new KioskError('KC_MODEL_OUTPUT', `Output "${name}" comes without a known shape.`, {
    hint: 'the model must answer tensors of full shape; export it again',
  });
}

function wrongLength(name: string, shape: readonly number[], found: string): KioskError {
  return new KioskError('KC_MODEL_OUTPUT', `Output "${name}" of shape (${shape.join(', ')}) holds ${found}.`, {
    hint: 'expected as many values as the shape says, or one for all; the answer was damaged, or the server is not TensorFlow Serving',
  });
}
