import { createHash } from 'node:crypto';
import type { DType, TypedArray } from '../processing/array/nd-array.js';
import { bytesOf, bytesPerElement } from './dtype.js';
import { float16Table } from './float16.js';
import type { Axes, ImageHeader, ImageLimits, Raster } from './raster.js';
import { readHeader, readImage } from './read.js';
import { describeChannels } from './select.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from './tiff/byte-order.js';

/** What the reader makes of a file. */
export interface ImageDescription {
  readonly format: ImageHeader['format'];
  readonly axes: Axes;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Microns per pixel, or null where the file does not say it clearly. */
  readonly pixelSize: { readonly y: number; readonly x: number } | null;
  /** Which axis is taken for channels, and why. */
  readonly channelAxis: string;
  /** Of all pixels that are numbers; null if there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Pixels that are NaN or infinite; they are left out of the three above. */
  readonly notFinite: number;
  /** SHA-256 of the pixels: axes as stored, C order, little-endian, native dtype. */
  readonly sha256: string;
  readonly encoding: string;
}

/** Reads a file and tells all that `kiosk-consumer image` prints of it. Errors as {@link readImage}. */
export async function describeImage(path: string, limits?: ImageLimits): Promise<ImageDescription> {
  const { format, encoding } = await readHeader(path, limits);
  const raster = await readImage(path, limits ? { limits } : {});
  const { axes, shape, dtype, pixelSize } = raster;
  return {
    format,
    axes,
    shape,
    dtype,
    pixelSize: pixelSize ?? null,
    channelAxis: describeChannels(raster),
    ...statisticsOf(raster),
    sha256: hashPixels(raster),
    encoding,
  };
}

/** SHA-256 of the pixels in C order, little-endian. */
export function hashPixels({ data, dtype }: Raster): string {
  let bytes = bytesOf(data);
  if (!HOST_IS_LITTLE_ENDIAN) {
    bytes = bytes.slice();
    swapBytes(bytes, bytesPerElement(dtype));
  }
  return createHash('sha256').update(bytes).digest('hex');
}

function statisticsOf({ data, dtype }: Raster): Pick<ImageDescription, 'min' | 'max' | 'mean' | 'notFinite'> {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  const valueAt = readerOf(data, dtype);
  for (let index = 0; index < data.length; index += 1) {
    const value = valueAt(index);
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  const notFinite = data.length - count;
  return count === 0 ? { min: null, max: null, mean: null, notFinite } : { min, max, mean: sum / count, notFinite };
}

function readerOf(data: TypedArray, dtype: DType): (index: number) => number {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return (index) => Number(data[index]!);
  if (dtype === 'float16') {
    const table = float16Table();
    return (index) => table[data[index]!]!;
  }
  return (index) => data[index]!;
}
