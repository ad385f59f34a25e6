import type { DType } from '../../processing/array/nd-array.js';
import { unreadableNpy, unsupportedNpy } from './npy-error.js';

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** Whether the first axis is the fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly dataOffset: number;
}

export const NPY_MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** The type codes of numpy, without the sign of the byte order. */
const DTYPES: Readonly<Record<string, DType>> = {
  b1: 'uint8',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** numpy itself takes no longer header unless it is told to. */
const MAX_HEADER_BYTES = 10_000;
const MAX_AXES = 32;

/** Key, then a string, True or False, or a tuple of whole numbers. */
const FIELD =
  /\s*(?:'(?<key>[^'\\]*)'|"(?<other>[^"\\]*)")\s*:\s*(?:'(?<text>[^'\\]*)'|(?<flag>True|False)|\((?<tuple>[\d\s,L]*)\))\s*(?:,|$)/uy;

/**
 * Reads the header of a .npy file, format 1.0, 2.0 or 3.0: a dictionary in Python's notation, of which no more is
 * understood than numpy writes.
 *
 * @param name for messages
 * @throws {KioskError} KC_IMAGE_UNREADABLE if it is none; KC_IMAGE_UNSUPPORTED for other element types and versions
 */
export function readNpyHeader(name: string, bytes: Uint8Array): NpyHeader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 12 || !buffer.subarray(0, NPY_MAGIC.length).equals(NPY_MAGIC)) {
    throw unreadableNpy(name, 'is no .npy file: it does not begin with the mark of numpy');
  }
  const version = buffer[6]!;
  if (version < 1 || version > 3) throw unsupportedNpy(name, `is a .npy file of version ${version}; 1 to 3 are read`);
  const length = version === 1 ? buffer.readUInt16LE(8) : buffer.readUInt32LE(8);
  const start = version === 1 ? 10 : 12;
  if (length > MAX_HEADER_BYTES) {
    throw unreadableNpy(name, `announces a header of ${length} bytes; at most ${MAX_HEADER_BYTES} are accepted`);
  }
  if (start + length > buffer.length) throw unreadableNpy(name, 'ends within its header');
  const fields = parseFields(name, buffer.toString('latin1', start, start + length));
  const [descr, fortran, shape] = [fields.get('descr'), fields.get('fortran_order'), fields.get('shape')];
  if (typeof descr !== 'string' || typeof fortran !== 'boolean' || !Array.isArray(shape) || fields.size !== 3) {
    throw unreadableNpy(name, 'has a header without descr, fortran_order and shape, or with more');
  }
  return { ...elementType(name, descr), fortranOrder: fortran, shape, dataOffset: start + length };
}

type FieldValue = string | boolean | number[];

function parseFields(name: string, header: string): Map<string, FieldValue> {
  const body = /^\s*\{(?<inside>.*)\}\s*$/su.exec(header)?.groups?.['inside']?.trimEnd();
  const fields = new Map<string, FieldValue>();
  if (body === undefined) throw unreadableNpy(name, 'has a header that is no dictionary');
  const field = new RegExp(FIELD);
  while (field.lastIndex < body.length) {
    const groups = field.exec(body)?.groups;
    if (!groups) throw unreadableNpy(name, 'has a header that is not understood: structured types are not read');
    const { key, other, text, flag, tuple } = groups;
    fields.set(key ?? other ?? '', text ?? (tuple === undefined ? flag === 'True' : lengthsOf(name, tuple)));
  }
  return fields;
}

function lengthsOf(name: string, tuple: string): number[] {
  const words = tuple.split(',').map((word) => word.trim().replace(/L$/u, ''));
  if (words.at(-1) === '') words.pop();
  const lengths = words.map(Number);
  if (words.includes('') || !lengths.every((length) => Number.isSafeInteger(length)) || lengths.length > MAX_AXES) {
    throw unreadableNpy(name, `has the shape (${tuple.slice(0, 80)}), which is none`);
  }
  return lengths;
}

function elementType(name: string, descr: string): Pick<NpyHeader, 'dtype' | 'bigEndian'> {
  const dtype = DTYPES[descr.slice(1)];
  if (!dtype || !/^[<>|=]/u.test(descr)) {
    const accepted = Object.keys(DTYPES).join(', ');
    throw unsupportedNpy(name, `holds elements of type "${descr.slice(0, 20)}"; these are read: ${accepted}`);
  }
  return { dtype, bigEndian: descr.startsWith('>') };
}
