import { type DType, type NdArray, sizeOf, type TypedArray } from '../../processing/array/nd-array.js';
import { bytesPerElement, dtypeOf } from '../dtype.js';
import type { Axes } from '../raster.js';

export interface WriteTiffOptions {
  /** Type in the file; default that of the array. Numbers are converted as JavaScript's typed arrays do it. */
  readonly dtype?: DType;
  /** One letter per axis; the last two must be YX, or the last three YXS. Default: YX behind unnamed axes. */
  readonly axes?: Axes;
  /** Default deflate, level 1: the fastest, and what every reader including ImageJ reads right. */
  readonly compression?: 'none' | 'deflate';
  /** zlib's level 1 to 9. Default 1. */
  readonly level?: number;
  /** Text of ImageDescription on the first page. Default: tifffile's JSON with the shape, so that it reads the same shape. */
  readonly description?: string;
  /** Microns per pixel along rows and columns. */
  readonly pixelSize?: { readonly y: number; readonly x: number };
  /** Default: as many as make 256 KiB. */
  readonly rowsPerStrip?: number;
  /** Default: only where the pixels do not fit into the 4 GiB of a classic TIFF. */
  readonly bigTiff?: boolean;
}

/** What the writer works with: everything decided and checked. */
export interface WritePlan {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly pages: number;
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly level: number;
  readonly description: string;
  readonly pixelSize: { readonly y: number; readonly x: number } | undefined;
  readonly rowsPerStrip: number;
  readonly big: boolean;
}

const STRIP_BYTES = 256 * 1024;

/** Left free in a classic file for directories and for data that deflate makes longer. */
const CLASSIC_LIMIT_BYTES = 2 ** 32 - 2 ** 26;

/** @throws {RangeError} if shape, axes, type or description cannot be written as one TIFF */
export function planTiff(array: NdArray, options: WriteTiffOptions): WritePlan {
  const { shape, data } = array;
  const dtype = options.dtype ?? dtypeOf(data);
  const sampled = options.axes?.endsWith('YXS') ?? false;
  const within = sampled ? 3 : 2;
  checkAxes(shape, options.axes, within);
  if (sizeOf(shape) !== data.length || data.length === 0) {
    throw new RangeError(`writeTiff: ${data.length} elements do not fill the shape (${shape.join(', ')})`);
  }
  if (isBigInt(data) !== (dtype === 'uint64' || dtype === 'int64')) {
    throw new RangeError(`writeTiff: ${dtypeOf(data)} elements cannot be written as ${dtype}`);
  }
  const [rows, columns, samples = 1] = shape.slice(-within) as [number, number, number?];
  const pages = sizeOf(shape.slice(0, -within));
  const rowBytes = columns * samples * bytesPerElement(dtype);
  const wanted = options.rowsPerStrip ?? Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError(`writeTiff: rowsPerStrip is ${wanted}`);
  const level = options.compression === 'none' ? 0 : (options.level ?? 1);
  return {
    data,
    dtype,
    pages,
    rows,
    columns,
    samples,
    level,
    description: descriptionOf(array, options, pages),
    pixelSize: options.pixelSize,
    rowsPerStrip: Math.min(wanted, rows),
    big: options.bigTiff ?? data.length * bytesPerElement(dtype) > CLASSIC_LIMIT_BYTES,
  };
}

function checkAxes(shape: readonly number[], axes: Axes | undefined, within: number): void {
  if (shape.length < within) {
    throw new RangeError(`writeTiff: shape (${shape.join(', ')}); at least (rows, columns) is needed`);
  }
  if (axes === undefined) return;
  if (axes.length !== shape.length || !/^[A-Z]*YXS?$/u.test(axes)) {
    throw new RangeError(
      `writeTiff: axes ${axes} of shape (${shape.join(', ')}); one letter each, ending in YX or YXS`,
    );
  }
}

function descriptionOf(array: NdArray, options: WriteTiffOptions, pages: number): string {
  const { description, axes } = options;
  if (description === undefined) return JSON.stringify({ shape: array.shape, ...(axes !== undefined && { axes }) });
  // ImageJ would then take the pixels of all pages to follow those of the first without a gap.
  if (pages > 1 && options.compression === 'none' && /^ImageJ=[^]*\bimages=/u.test(description)) {
    throw new RangeError('writeTiff: an ImageJ description of an uncompressed stack must not have a line images=');
  }
  return description;
}

function isBigInt(data: TypedArray): data is BigInt64Array | BigUint64Array {
  return data[Symbol.toStringTag].startsWith('Big');
}
