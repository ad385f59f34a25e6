import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { NdArray } from '../../processing/array/nd-array.js';
import { bytesOf, bytesPerElement, convertTo } from '../dtype.js';
import { writeFailed } from '../image-error.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from '../tiff/byte-order.js';

/** Types that are written, by numpy's codes in Zarr's metadata. */
const DTYPES = { uint8: '|u1', int8: '|i1', uint16: '<u2', int16: '<i2', int32: '<i4', float32: '<f4' } as const;

export type ZarrDType = keyof typeof DTYPES;

/** Rows and columns of a chunk at most: a viewer loads one at a time. */
export const CHUNK_SIDE = 512;

/** Fast, and read by every implementation without a further library. */
const COMPRESSOR = { id: 'zlib', level: 1 } as const;

export interface ZarrArray {
  /** Planes, rows, columns. */
  readonly shape: readonly [planes: number, rows: number, columns: number];
  readonly dtype: ZarrDType;
}

/** Makes the folder of an array of format 2 and its `.zarray`. Chunks follow with {@link writePlane}. */
export async function writeArrayMetadata(folder: string, { shape, dtype }: ZarrArray): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, '.zarray'), {
    zarr_format: 2,
    shape,
    chunks: [1, ...chunkShape(shape[1], shape[2])],
    dtype: DTYPES[dtype],
    compressor: COMPRESSOR,
    fill_value: 0,
    order: 'C',
    filters: null,
    dimension_separator: '/',
  });
}

/**
 * Writes the chunks of one plane of an array, `<plane>/<row>/<column>`, one at a time. Numbers with a fraction are rounded
 * for a whole-number type.
 *
 * @param plane (rows, columns)
 * @throws {KioskError} KC_STORAGE_FULL
 */
export async function writePlane(
  folder: string,
  index: number,
  plane: NdArray<Float32Array | Int32Array>,
  dtype: ZarrDType,
): Promise<void> {
  const [rows, columns] = plane.shape as [number, number];
  const [height, width] = chunkShape(rows, columns);
  for (let row = 0; row * height < rows; row += 1) {
    const line = join(folder, String(index), String(row));
    await mkdir(line, { recursive: true });
    for (let column = 0; column * width < columns; column += 1) {
      const chunk = cutChunk(plane, [row * height, column * width], [height, width], dtype !== 'float32');
      await writeFile(join(line, String(column)), encodeChunk(chunk, dtype)).catch((error: unknown) => {
        throw writeFailed(basename(folder), error);
      });
    }
  }
}

export async function writeJson(file: string, content: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`).catch((error: unknown) => {
    throw writeFailed(basename(file), error);
  });
}

function chunkShape(rows: number, columns: number): [height: number, width: number] {
  return [Math.min(rows, CHUNK_SIDE), Math.min(columns, CHUNK_SIDE)];
}

/** A chunk is always whole: what lies beyond the border of the plane is 0. */
function cutChunk(
  { shape, data }: NdArray<Float32Array | Int32Array>,
  [top, left]: readonly [number, number],
  [height, width]: readonly [number, number],
  rounded: boolean,
): Float32Array | Int32Array {
  const [rows, columns] = shape as [number, number];
  const chunk = data instanceof Int32Array ? new Int32Array(height * width) : new Float32Array(height * width);
  const right = Math.min(columns, left + width);
  for (let row = top; row < Math.min(rows, top + height); row += 1) {
    chunk.set(data.subarray(row * columns + left, row * columns + right), (row - top) * width);
  }
  if (rounded && chunk instanceof Float32Array)
    for (let i = 0; i < chunk.length; i += 1) chunk[i] = Math.round(chunk[i]!);
  return chunk;
}

function encodeChunk(chunk: Float32Array | Int32Array, dtype: ZarrDType): Uint8Array {
  const bytes = bytesOf(convertTo(dtype, chunk));
  if (!HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, bytesPerElement(dtype));
  return deflateSync(bytes, { level: COMPRESSOR.level });
}
