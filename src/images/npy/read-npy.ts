import type { DType, NdArray, TypedArray } from '../../processing/array/nd-array.js';
import { newLike } from '../../processing/array/new-like.js';
import { bytesPerElement, viewAs } from '../dtype.js';
import { DEFAULT_IMAGE_LIMITS } from '../limits.js';
import type { ImageLimits } from '../raster.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from '../tiff/byte-order.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { unreadableNpy } from './npy-error.js';
import { readNpyHeader } from './npy-header.js';

/** An array and the type of its elements: float16 are bit patterns, booleans are uint8. */
export type NpyArray = NdArray & { readonly dtype: DType };

/**
 * Reads a .npy file: any of numpy's plain number types, either byte order, C or Fortran order. Elements come in C order; they
 * are a view of `bytes` where byte order and alignment allow.
 *
 * @param name for messages
 * @throws {KioskError} KC_IMAGE_UNREADABLE, KC_IMAGE_UNSUPPORTED, or KC_IMAGE_TOO_LARGE before any memory is taken
 */
export function readNpy(name: string, bytes: Uint8Array, limits: ImageLimits = DEFAULT_IMAGE_LIMITS): NpyArray {
  const { dtype, bigEndian, fortranOrder, shape, dataOffset } = readNpyHeader(name, bytes);
  const elements = shape.reduce((product, length) => product * length, 1);
  const wanted = elements * bytesPerElement(dtype);
  checkSize(name, { shape, dtype, elements, bytes: wanted }, limits);
  const body = bytes.subarray(dataOffset);
  if (body.length < wanted) {
    throw unreadableNpy(
      name,
      `ends after ${body.length} of ${wanted} bytes of ${dtype} of shape (${shape.join(', ')})`,
    );
  }
  const data = toHostOrder(dtype, body.subarray(0, wanted), bigEndian);
  return { dtype, shape, data: fortranOrder ? toRowOrder(data, shape) : data };
}

function checkSize(
  name: string,
  found: {
    readonly shape: readonly number[];
    readonly dtype: DType;
    readonly elements: number;
    readonly bytes: number;
  },
  limits: ImageLimits,
): void {
  if (found.elements <= limits.maxPixels && found.bytes <= limits.maxBytes) return;
  throw new KioskError(
    'KC_IMAGE_TOO_LARGE',
    `${name}: ${found.dtype} of shape (${found.shape.join(', ')}) is ${found.elements} numbers, ${found.bytes} bytes; ` +
      `the limits are ${limits.maxPixels} and ${limits.maxBytes}`,
    { hint: 'Crop the film or split it, or raise limits.maxPixels and limits.maxBytes.' },
  );
}

function toHostOrder(dtype: DType, bytes: Uint8Array, bigEndian: boolean): TypedArray {
  if (bigEndian !== HOST_IS_LITTLE_ENDIAN || bytesPerElement(dtype) === 1) return viewAs(dtype, bytes);
  const swapped = bytes.slice();
  swapBytes(swapped, bytesPerElement(dtype));
  return viewAs(dtype, swapped);
}

/** Elements stored with the first axis fastest, reordered so that the last one is. */
function toRowOrder(data: TypedArray, shape: readonly number[]): TypedArray {
  const turned = newLike(data, data.length);
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < turned.length; to++) {
    turned[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += steps[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return turned;
}
