import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sizeOf, type DType, type NdArray } from '../../processing/array/nd-array.js';
import { writeFailed } from '../image-error.js';
import { bytesOf, bytesPerElement, viewAs } from '../dtype.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from '../tiff/byte-order.js';
import { NPY_MAGIC } from './npy-header.js';

const DESCRIPTORS: Readonly<Record<DType, string>> = {
  uint8: '|u1',
  int8: '|i1',
  uint16: '<u2',
  int16: '<i2',
  uint32: '<u4',
  int32: '<i4',
  uint64: '<u8',
  int64: '<i8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** numpy starts the numbers at a multiple of this, so that files can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * An array as a .npy file of format 1.0: C order, little-endian.
 * @returns header and elements; on a little-endian machine the second part is the memory of the array itself
 * @throws {RangeError} if the elements do not fill the shape, or are not of that type
 */
export function npyParts(dtype: DType, { shape, data }: NdArray): [header: Uint8Array, elements: Uint8Array] {
  const wanted = sizeOf(shape);
  if (wanted !== data.length || data.BYTES_PER_ELEMENT !== bytesPerElement(dtype) || !isOfType(dtype, data)) {
    throw new RangeError(`npy: ${data.length} elements are not ${dtype} of shape (${shape.join(', ')})`);
  }
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTORS[dtype]}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const header = Buffer.alloc(10);
  NPY_MAGIC.copy(header);
  header[6] = 1;
  header.writeUInt16LE(length, 8);
  let elements = bytesOf(data);
  if (!HOST_IS_LITTLE_ENDIAN) {
    elements = elements.slice();
    swapBytes(elements, bytesPerElement(dtype));
  }
  return [Buffer.concat([header, Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1')]), elements];
}

/** The whole file of an array; elements of a `Uint16Array` are uint16. @throws {RangeError} as {@link npyParts} */
export function encodeNpy(array: NdArray): Uint8Array {
  const dtype = (Object.keys(DESCRIPTORS) as DType[]).find((known) => isOfType(known, array.data))!;
  return Buffer.concat(npyParts(dtype, array));
}

/** Writes what {@link encodeNpy} gives. @throws {KioskError} KC_STORAGE_FULL if the disk is full */
export async function writeNpy(file: string, array: NdArray): Promise<void> {
  await writeFile(file, encodeNpy(array)).catch((error: unknown) => {
    throw writeFailed(basename(file), error);
  });
}

function isOfType(dtype: DType, data: NdArray['data']): boolean {
  return viewAs(dtype, new Uint8Array(0)).constructor === data.constructor;
}
