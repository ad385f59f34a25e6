import type { NdArray, TypedArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { newLike } from '../array/new-like.js';

/** In a source table: no source, the element becomes 0. */
export const NO_SOURCE = -1;

/**
 * Picks along every axis: `out[i, j, …] = image[sources[0][i], sources[1][j], …]`, any rank and dtype. Padding,
 * cropping and nearest-neighbour resizing differ only in their tables.
 *
 * @param sources one table for each axis; its length is the length of the result's axis, {@link NO_SOURCE} gives 0
 * @throws {RangeError} if the number of tables is not the rank, or a table points outside its axis
 */
export function gather<T extends TypedArray>(image: NdArray<T>, sources: readonly Int32Array[]): NdArray<T> {
  checkTables(image.shape, sources);
  const shape = sources.map((table) => table.length);
  const data = newLike(image.data, sizeOf(shape));
  if (data.length === 0) return { shape, data };

  // Axes at the end that are taken as they are form runs that move together.
  let last = sources.length - 1;
  let run = 1;
  while (last > 0 && isIdentity(sources[last]!, image.shape[last]!)) run *= image.shape[last--]!;
  // Elements are only moved, so that 64-bit integers may pass as numbers here.
  copyAxis(image as unknown as NdArray<Float32Array>, data as unknown as Float32Array, sources, 0, last, run, 0, 0);
  return { shape, data };
}

/** The table that takes an axis as it is. */
export function identity(length: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => index);
}

function copyAxis(
  image: NdArray<Float32Array>,
  out: Float32Array,
  sources: readonly Int32Array[],
  axis: number,
  last: number,
  run: number,
  from: number,
  to: number,
): void {
  const table = sources[axis]!;
  if (axis === last) {
    copyRuns(image.data, out, table, run, from * image.shape[axis]! * run, to * table.length * run);
    return;
  }
  for (let i = 0; i < table.length; i++) {
    const source = table[i]!;
    if (source === NO_SOURCE) continue;
    copyAxis(image, out, sources, axis + 1, last, run, from * image.shape[axis]! + source, to * table.length + i);
  }
}

function copyRuns(
  data: Float32Array,
  out: Float32Array,
  table: Int32Array,
  run: number,
  from: number,
  to: number,
): void {
  for (let i = 0; i < table.length; i++) {
    const source = table[i]!;
    if (source === NO_SOURCE) continue;
    const start = from + source * run;
    const target = to + i * run;
    for (let k = 0; k < run; k++) out[target + k] = data[start + k]!;
  }
}

function isIdentity(table: Int32Array, length: number): boolean {
  return table.length === length && table.every((source, index) => source === index);
}

function checkTables(shape: readonly number[], sources: readonly Int32Array[]): void {
  if (sources.length !== shape.length || shape.length === 0) {
    throw new RangeError(`gather: ${sources.length} tables for an array of shape (${shape.join(', ')})`);
  }
  sources.forEach((table, axis) => {
    for (const source of table) {
      if (source < NO_SOURCE || source >= shape[axis]!) {
        throw new RangeError(`gather: index ${source} is outside axis ${axis} of shape (${shape.join(', ')})`);
      }
    }
  });
}
