import type { FloatArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import type { HaloPlan, HaloTile } from './halo-plan.js';
import { haloTile } from './halo-plan.js';
import { reflectIndex } from './pad-reflect.js';

/** The tiles of a plan one after the other, row by row; nothing is held. */
export function* haloTiles(plan: HaloPlan): Generator<HaloTile, void, undefined> {
  for (let index = 0; index < plan.tiles; index++) yield haloTile(plan, index);
}

/**
 * Cuts a tile out of an image; pixels beyond its border are mirrored.
 *
 * @param image (rows, columns, channels)
 * @param out filled and returned if given: as many elements as the tile has, for instance a part of a batch
 * @returns (tile.rows, tile.columns, channels)
 * @throws {RangeError} for another rank, an empty image, or an `out` of another size
 */
export function extractTile(image: FloatArray, tile: HaloTile, out?: Float32Array): FloatArray {
  const [height, width, channels] = image.shape as [number, number, number];
  if (image.shape.length !== 3 || sizeOf(image.shape) === 0) {
    throw new RangeError(`extractTile: shape (${image.shape.join(', ')}); (rows, columns, channels) is accepted`);
  }
  const shape = [tile.rows, tile.columns, channels];
  const data = out ?? new Float32Array(sizeOf(shape));
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`extractTile: room for ${data.length} elements; a tile has ${sizeOf(shape)}`);
  }
  const left = Math.max(tile.column, 0);
  const right = Math.min(tile.column + tile.columns, width);
  let target = 0;
  for (let row = 0; row < tile.rows; row++) {
    const line = reflectIndex(tile.row + row, height) * width;
    for (let column = tile.column; column < left; column++) {
      const source = (line + reflectIndex(column, width)) * channels;
      for (let c = 0; c < channels; c++) data[target++] = image.data[source + c]!;
    }
    data.set(image.data.subarray((line + left) * channels, (line + right) * channels), target);
    target += (right - left) * channels;
    for (let column = right; column < tile.column + tile.columns; column++) {
      const source = (line + reflectIndex(column, width)) * channels;
      for (let c = 0; c < channels; c++) data[target++] = image.data[source + c]!;
    }
  }
  return { shape, data };
}

/**
 * Writes the kept part of a tile's result into the result of the whole image.
 *
 * @param result (rows, columns, channels) of the image; written to
 * @param prediction (tile.rows, tile.columns, channels): what a model made of the tile
 * @throws {RangeError} if the shapes do not fit
 */
export function placeTile(result: FloatArray, tile: HaloTile, prediction: FloatArray): void {
  checkPrediction('placeTile', result, tile, prediction);
  const [, width, channels] = result.shape as [number, number, number];
  const { keep } = tile;
  for (let row = keep.row; row < keep.row + keep.rows; row++) {
    const source = ((row - tile.row) * tile.columns + keep.column - tile.column) * channels;
    const run = prediction.data.subarray(source, source + keep.columns * channels);
    result.data.set(run, (row * width + keep.column) * channels);
  }
}

/** @throws {RangeError} unless `prediction` is of the tile's size and has the channels of `result` */
export function checkPrediction(name: string, result: FloatArray, tile: HaloTile, prediction: FloatArray): void {
  const wanted = [tile.rows, tile.columns, result.shape[2]];
  if (result.shape.length !== 3 || prediction.shape.join() !== wanted.join()) {
    throw new RangeError(
      `${name}: a prediction of shape (${prediction.shape.join(', ')}) for a tile and result that need (${wanted.join(', ')})`,
    );
  }
}
