import type { FloatArray, NdArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';

/** Seeds of fewer pixels are removed. */
const SMALLEST_SEED = 50;

export interface MibiOptions {
  /** Pixels at or above this are edge. Default 0.25. */
  readonly edgeThreshold?: number;
  /** Pixels at or above this are interior. Default 0.25. */
  readonly interiorThreshold?: number;
}

/**
 * Cells from edge and interior probabilities, grown step by step from what is interior and not edge. An old function,
 * kept for old jobs. Source: deepcell-toolbox `mibi`.
 *
 * @param prediction (rows, columns, channels) float32: channel 0 edge, channel 1 interior
 * @returns (rows, columns, 1) uint16; more than 65535 cells wrap around
 * @throws {RangeError} for another rank or fewer channels
 */
export function mibi(prediction: FloatArray, options: MibiOptions = {}): NdArray<Uint16Array> {
  const { edgeThreshold = 0.25, interiorThreshold = 0.25 } = options;
  const [rows, columns, channels] = prediction.shape as [number, number, number];
  if (prediction.shape.length !== 3 || channels < 2) {
    throw new RangeError(`mibi: shape (${prediction.shape.join(', ')}); (rows, columns, 2 or more) is accepted`);
  }
  const size = rows * columns;
  const interior = new Uint8Array(size);
  const seeds = new Uint8Array(size);
  for (let pixel = 0, at = 0; pixel < size; pixel++, at += channels) {
    interior[pixel] = prediction.data[at + 1]! >= interiorThreshold ? 1 : 0;
    seeds[pixel] = interior[pixel] === 1 && !(prediction.data[at]! >= edgeThreshold) ? 1 : 0;
  }
  const shape = [rows, columns];
  const pieces = removeSmallObjects(label({ shape, data: seeds }, { connectivity: 1 }).labels, SMALLEST_SEED);
  const kept = Uint8Array.from(pieces.data, (value) => (value > 0 ? 1 : 0));
  let cells = Uint16Array.from(label({ shape, data: kept }).labels.data);

  for (let round = 0; round < 8; round++) {
    cells = grow(cells, rows, columns, 2, interior);
    cells = shrink(cells, rows, columns, 1);
  }
  cells = grow(cells, rows, columns, 2, interior);
  for (let round = 0; round < 2; round++) {
    cells = grow(cells, rows, columns, 1);
    cells = shrink(cells, rows, columns, 2);
  }
  return { shape: [rows, columns, 1], data: cells };
}

/** Grey dilation with a 3×3 cross, `times` times; only pixels that are 0 (and in the mask) change. */
function grow(
  cells: Uint16Array,
  rows: number,
  columns: number,
  times: number,
  mask?: Uint8Array,
): Uint16Array<ArrayBuffer> {
  let from = cells.slice();
  for (let step = 0; step < times; step++) {
    const to = from.slice();
    for (let row = 0, pixel = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, pixel++) {
        if (from[pixel] !== 0 || (mask && mask[pixel] === 0)) continue;
        let greatest = 0;
        if (row > 0) greatest = Math.max(greatest, from[pixel - columns]!);
        if (row < rows - 1) greatest = Math.max(greatest, from[pixel + columns]!);
        if (column > 0) greatest = Math.max(greatest, from[pixel - 1]!);
        if (column < columns - 1) greatest = Math.max(greatest, from[pixel + 1]!);
        to[pixel] = greatest;
      }
    }
    from = to;
  }
  return from;
}

/** Grey erosion with a 3×3 cross, `times` times; pixels that change become 0. */
function shrink(cells: Uint16Array, rows: number, columns: number, times: number): Uint16Array<ArrayBuffer> {
  let from = cells.slice();
  for (let step = 0; step < times; step++) {
    const to = from.slice();
    for (let row = 0, pixel = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, pixel++) {
        const value = from[pixel]!;
        const eroded =
          (row > 0 && from[pixel - columns]! < value) ||
          (row < rows - 1 && from[pixel + columns]! < value) ||
          (column > 0 && from[pixel - 1]! < value) ||
          (column < columns - 1 && from[pixel + 1]! < value);
        if (eroded) to[pixel] = 0;
      }
    }
    from = to;
  }
  return from;
}
