import type { NdArray, TypedArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { newLike } from '../array/new-like.js';
import { gather, identity, NO_SOURCE } from './gather.js';
import { reflectIndex } from './pad-reflect.js';

export interface TileOptions {
  /** Rows and columns of a tile, in pixels. Default 512 × 512. */
  readonly modelInputShape?: readonly [rows: number, columns: number];
  /** Step between tiles as a part of the tile, 0 < ratio ≤ 1. Default 0.75. */
  readonly strideRatio?: number;
  /** What lies outside the image: zeros, or the image mirrored. Default `constant`. */
  readonly padMode?: 'constant' | 'reflect';
}

/** How one axis was cut. */
export interface AxisTiling {
  readonly tileSize: number;
  readonly stride: number;
  /** First pixel of each tile, in the padded image. */
  readonly starts: readonly number[];
  /** Pixels shared with the neighbour before and after. */
  readonly overlaps: readonly (readonly [before: number, after: number])[];
  readonly padBefore: number;
  readonly padAfter: number;
  readonly paddedSize: number;
}

/** What `untileImage` needs to put the tiles together again. */
export interface TileInfo {
  readonly batches: number;
  readonly rows: AxisTiling;
  readonly columns: AxisTiling;
  readonly strideRatio: number;
}

/**
 * Cuts images into overlapping tiles of one size, padding them so that the tiles cover everything.
 *
 * This is the original's way, kept for its numbers (deepcell-toolbox 0.12.1 `tile_image`); see `planHaloTiles` for
 * tiling that gives the same labels as no tiling.
 *
 * @param image (batch, rows, columns, channels), any dtype
 * @returns tiles (batch · tiles per image, tile rows, tile columns, channels) in the order batch, row, column
 * @throws {RangeError} for another rank, or options outside their range
 */
export function tileImage<T extends TypedArray>(
  image: NdArray<T>,
  options: TileOptions = {},
): { readonly tiles: NdArray<T>; readonly info: TileInfo } {
  const { modelInputShape = [512, 512], strideRatio = 0.75, padMode = 'constant' } = options;
  const [batches, height, width, channels] = image.shape;
  if (image.shape.length !== 4) {
    throw new RangeError(`tileImage: shape (${image.shape.join(', ')}); (batch, rows, columns, channels) is accepted`);
  }
  if (!(strideRatio > 0 && strideRatio <= 1)) {
    throw new RangeError(`tileImage: a stride ratio of ${strideRatio}; more than 0 and at most 1 is accepted`);
  }
  const rows = tileAxis(height!, modelInputShape[0], strideRatio);
  const columns = tileAxis(width!, modelInputShape[1], strideRatio);
  const padded = gather(image, [
    identity(batches!),
    paddingTable(height!, rows, padMode),
    paddingTable(width!, columns, padMode),
    identity(channels!),
  ]);
  return { tiles: cut(padded, rows, columns), info: { batches: batches!, rows, columns, strideRatio } };
}

function tileAxis(size: number, tileSize: number, strideRatio: number): AxisTiling {
  if (!Number.isInteger(tileSize) || tileSize < 1) {
    throw new RangeError(`tileImage: a tile of ${tileSize} pixels; whole numbers ≥ 1 are accepted`);
  }
  const stride = Math.min(2 * Math.ceil((strideRatio * tileSize) / 2), tileSize);
  const count = Math.max(Math.ceil((size - tileSize) / stride + 1), 1);
  const excess = tileSize + stride * (count - 1) - size;
  const overlap = tileSize - stride;
  return {
    tileSize,
    stride,
    starts: Array.from({ length: count }, (_, i) => i * stride),
    // The first tile has an overlap after it even when it is the only one.
    overlaps: Array.from({ length: count }, (_, i) => [i > 0 ? overlap : 0, i > 0 && i === count - 1 ? 0 : overlap]),
    padBefore: Math.ceil(excess / 2),
    padAfter: Math.floor(excess / 2),
    paddedSize: size + excess,
  };
}

function paddingTable(size: number, axis: AxisTiling, padMode: 'constant' | 'reflect'): Int32Array {
  if (size === 0 && padMode === 'reflect') throw new RangeError('tileImage: an empty axis has nothing to mirror');
  const table = new Int32Array(axis.paddedSize);
  for (let i = 0; i < table.length; i++) {
    const position = i - axis.padBefore;
    const inside = position >= 0 && position < size;
    table[i] = inside ? position : padMode === 'reflect' ? reflectIndex(position, size) : NO_SOURCE;
  }
  return table;
}

function cut<T extends TypedArray>(padded: NdArray<T>, rows: AxisTiling, columns: AxisTiling): NdArray<T> {
  const [batches, height, width, channels] = padded.shape as [number, number, number, number];
  const shape = [batches * rows.starts.length * columns.starts.length, rows.tileSize, columns.tileSize, channels];
  const data = newLike(padded.data, sizeOf(shape));
  const run = columns.tileSize * channels;
  let target = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (const top of rows.starts) {
      for (const left of columns.starts) {
        for (let row = 0; row < rows.tileSize; row++, target += run) {
          const start = ((batch * height + top + row) * width + left) * channels;
          (data as Float32Array).set(padded.data.subarray(start, start + run) as Float32Array, target);
        }
      }
    }
  }
  return { shape, data };
}
