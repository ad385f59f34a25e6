import type { NdArray, TypedArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { newLike } from '../array/new-like.js';
import { splineWindow } from './spline-window.js';
import type { AxisTiling, TileInfo } from './tile.js';

/** Below this many pixels tiles are not blended: later ones overwrite earlier ones. */
const SMALLEST_BLENDED_TILE = 32;

export interface UntileOptions {
  /** Power of the blending spline. Default 2. */
  readonly power?: number;
}

/** Tiles whose elements are numbers. */
type Numbers = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/**
 * Puts the tiles of {@link tileImage} together, blending where they overlap.
 *
 * Kept for its numbers (deepcell-toolbox 0.12.1 `untile_image`): overlaps come out slightly brighter (see
 * {@link splineWindow}), and nothing is blended if an axis has a single tile, tiles are smaller than 32 pixels or the
 * stride ratio is below 0.5.
 *
 * @param tiles (batch · tiles per image, tile rows, tile columns, channels); channels may differ from the image's
 * @returns (batch, rows, columns, channels) of the image, in the dtype of the tiles
 * @throws {RangeError} if the tiles do not fit `info`
 */
export function untileImage<T extends Numbers>(
  tiles: NdArray<T>,
  info: TileInfo,
  options: UntileOptions = {},
): NdArray<T> {
  const { batches, rows, columns } = info;
  const count = batches * rows.starts.length * columns.starts.length;
  const [found, tileRows, tileColumns, channels] = tiles.shape;
  if (tiles.shape.length !== 4 || found !== count || tileRows !== rows.tileSize || tileColumns !== columns.tileSize) {
    throw new RangeError(
      `untileImage: tiles of shape (${tiles.shape.join(', ')}); ` +
        `(${count}, ${rows.tileSize}, ${columns.tileSize}, channels) is accepted`,
    );
  }
  const blend = info.strideRatio >= 0.5 && canBlend(rows) && canBlend(columns);
  const padded = new Float64Array(batches * rows.paddedSize * columns.paddedSize * channels!);
  const windows = blend
    ? { rows: windowsOf(rows, options.power), columns: windowsOf(columns, options.power) }
    : undefined;

  let tile = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < rows.starts.length; i++) {
      for (let j = 0; j < columns.starts.length; j++, tile++) {
        const corner = (batch * rows.paddedSize + rows.starts[i]!) * columns.paddedSize + columns.starts[j]!;
        if (windows) addTile(tiles, tile, padded, corner, columns.paddedSize, windows.rows[i]!, windows.columns[j]!);
        else overwriteTile(tiles, tile, padded, corner, columns.paddedSize);
      }
    }
  }
  return crop(padded, tiles, info);
}

function canBlend(axis: AxisTiling): boolean {
  return axis.tileSize >= SMALLEST_BLENDED_TILE && axis.tileSize < axis.paddedSize;
}

function windowsOf(axis: AxisTiling, power?: number): Float64Array[] {
  return axis.overlaps.map(([before, after]) => splineWindow(axis.tileSize, before, after, power));
}

function addTile(
  tiles: NdArray<Numbers>,
  tile: number,
  padded: Float64Array,
  corner: number,
  width: number,
  rowWindow: Float64Array,
  columnWindow: Float64Array,
): void {
  const [, rows, columns, channels] = tiles.shape as [number, number, number, number];
  let source = tile * rows * columns * channels;
  for (let row = 0; row < rows; row++) {
    let target = (corner + row * width) * channels;
    for (let column = 0; column < columns; column++) {
      const weight = rowWindow[row]! * columnWindow[column]!;
      for (let c = 0; c < channels; c++) padded[target] = padded[target++]! + tiles.data[source++]! * weight;
    }
  }
}

function overwriteTile(
  tiles: NdArray<Numbers>,
  tile: number,
  padded: Float64Array,
  corner: number,
  width: number,
): void {
  const [, rows, columns, channels] = tiles.shape as [number, number, number, number];
  const run = columns * channels;
  for (let row = 0; row < rows; row++) {
    const source = (tile * rows + row) * run;
    padded.set(tiles.data.subarray(source, source + run), (corner + row * width) * channels);
  }
}

function crop<T extends Numbers>(padded: Float64Array, tiles: NdArray<T>, info: TileInfo): NdArray<T> {
  const { batches, rows, columns } = info;
  const channels = tiles.shape[3]!;
  const height = rows.paddedSize - rows.padBefore - rows.padAfter;
  const width = columns.paddedSize - columns.padBefore - columns.padAfter;
  const shape = [batches, height, width, channels];
  const data = newLike(tiles.data, sizeOf(shape));
  for (let batch = 0; batch < batches; batch++) {
    for (let row = 0; row < height; row++) {
      const line = (batch * rows.paddedSize + rows.padBefore + row) * columns.paddedSize + columns.padBefore;
      const source = padded.subarray(line * channels, (line + width) * channels);
      data.set(source, (batch * height + row) * width * channels);
    }
  }
  return { shape, data };
}
