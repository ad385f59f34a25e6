import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { NdArray, TypedArray } from '../../src/processing/array/nd-array.js';
import { ndArray } from '../../src/processing/array/nd-array.js';

const MAGIC = '\u0093NUMPY';
/** The data of a file begins at a multiple of this. */
const ALIGNMENT = 64;

/** How numpy writes each element type, and the array that holds it. */
const ARRAYS = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i4': Int32Array,
  '<i2': Int16Array,
  '|i1': Int8Array,
  '<u4': Uint32Array,
  '<u2': Uint16Array,
  '|u1': Uint8Array,
  '|b1': Uint8Array,
} as const;

/** Reads a `.npy` or `.npy.gz` file. @throws {TypeError} if it is none, or holds what a golden case cannot */
export function readNpy(path: string): NdArray {
  const file = readFileSync(path);
  return parseNpy(path.endsWith('.gz') ? gunzipSync(file) : file, path);
}

export function parseNpy(bytes: Uint8Array, name: string): NdArray {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString('latin1', 0, 6) !== MAGIC || buffer[6] !== 1) {
    throw new TypeError(`${name}: not a version 1.0 .npy file`);
  }
  const start = 10 + buffer.readUInt16LE(8);
  const header = buffer.toString('latin1', 10, start);
  const descriptor = /'descr': '([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (!isDescriptor(descriptor) || shape === undefined || !header.includes("'fortran_order': False")) {
    throw new TypeError(`${name}: cannot read the header ${header.trim()}`);
  }
  const axes = shape.split(',').filter((axis) => axis.trim() !== '');
  const body = Uint8Array.from(buffer.subarray(start));
  return ndArray<TypedArray>(new ARRAYS[descriptor](body.buffer), axes.map(Number));
}

/** Writes a `.npy` or, if the path ends so, a `.npy.gz` file. */
export function writeNpy(path: string, array: NdArray): void {
  const descriptor = Object.entries(ARRAYS).find(([, Kind]) => array.data instanceof Kind)?.[0];
  if (!descriptor) throw new TypeError(`${path}: ${array.data.constructor.name} has no place in a .npy file`);
  const axes = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const head = Buffer.alloc(10);
  head.write(MAGIC, 'latin1');
  head[6] = 1;
  head.writeUInt16LE(length, 8);
  const { data } = array;
  const file = Buffer.concat([
    head,
    Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(file) : file);
}

function isDescriptor(text: string): text is keyof typeof ARRAYS {
  return text in ARRAYS;
}
