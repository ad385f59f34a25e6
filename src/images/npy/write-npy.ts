import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { NdArray, TypedArray } from '../../processing/array/nd-array.js';
import { sizeOf } from '../../processing/array/nd-array.js';
import { writeFailed } from '../image-error.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from '../tiff/byte-order.js';

const MAGIC = '\u0093NUMPY';
/** Magic, version and the length of the header. */
const PREFIX_BYTES = 10;
/** Data begin at a multiple of this, as numpy writes them. */
const ALIGNMENT = 64;

/** An array class by the kind letter of numpy's descriptors. */
const KINDS: readonly (readonly [kind: string, of: abstract new (...args: never[]) => TypedArray])[] = [
  ['f', Float32Array],
  ['f', Float64Array],
  ['i', Int8Array],
  ['i', Int16Array],
  ['i', Int32Array],
  ['i', BigInt64Array],
  ['u', Uint8Array],
  ['u', Uint16Array],
  ['u', Uint32Array],
  ['u', BigUint64Array],
];

/**
 * An array as a `.npy` file, format 1.0: C order, little-endian. `numpy.load` gives the same shape and numbers. A
 * `Uint16Array` of float16 patterns is written as what it is, uint16.
 * @throws {RangeError} if the data do not fill the shape
 */
export function encodeNpy({ shape, data }: NdArray): Uint8Array {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`encodeNpy: ${data.length} elements do not fill the shape (${shape.join(', ')})`);
  }
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descriptorOf(data)}', 'fortran_order': False, 'shape': (${axes}), }`;
  const dataStart = Math.ceil((PREFIX_BYTES + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = Buffer.alloc(dataStart + data.byteLength);
  file.write(MAGIC, 'latin1');
  file[6] = 1;
  file.writeUInt16LE(dataStart - PREFIX_BYTES, 8);
  file.write(`${text.padEnd(dataStart - PREFIX_BYTES - 1)}\n`, PREFIX_BYTES, 'latin1');
  const body = file.subarray(dataStart);
  body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!HOST_IS_LITTLE_ENDIAN) swapBytes(body, data.BYTES_PER_ELEMENT);
  return file;
}

/** Writes what {@link encodeNpy} gives. @throws {KioskError} KC_STORAGE_FULL if the disk is full */
export async function writeNpy(file: string, array: NdArray): Promise<void> {
  await writeFile(file, encodeNpy(array)).catch((error: unknown) => {
    throw writeFailed(basename(file), error);
  });
}

function descriptorOf(data: TypedArray): string {
  const [kind] = KINDS.find(([, of]) => data instanceof of)!;
  return `${data.BYTES_PER_ELEMENT === 1 ? '|' : '<'}${kind}${data.BYTES_PER_ELEMENT}`;
}
