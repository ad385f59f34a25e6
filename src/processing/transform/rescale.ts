import type { NdArray, TypedArray } from '../array/nd-array.js';
import { gather, identity } from './gather.js';

/**
 * Scales rows and columns by a factor, nearest neighbour: new sizes are max(1, scale · size) rounded half to even, and
 * pixel `i` of `n'` comes from floor((i + 0.5) · n / n'). A factor of 1 returns the array itself.
 *
 * Source: `skimage.transform.rescale` 0.19, order 0, edge mode, no anti-aliasing, as the original consumer calls it.
 *
 * @param image (rows, columns, channels) or (batch, rows, columns, channels), any dtype
 * @param scale > 0; 2 makes twice the rows and columns
 * @throws {RangeError} for another rank or scale
 */
export function rescale<T extends TypedArray>(image: NdArray<T>, scale: number): NdArray<T> {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(`rescale: a scale of ${scale}; a finite number > 0 is accepted`);
  }
  const rank = image.shape.length;
  if (rank !== 3 && rank !== 4) {
    throw new RangeError(`rescale: shape (${image.shape.join(', ')}); ([batch,] rows, columns, channels) is accepted`);
  }
  if (scale === 1) return image;
  return gather(
    image,
    image.shape.map((size, axis) =>
      axis === rank - 3 || axis === rank - 2 ? nearestTable(size, scaledSize(size, scale)) : identity(size),
    ),
  );
}

/** Pixels along an axis of `size` pixels after scaling; never 0 unless there were none. */
export function scaledSize(size: number, scale: number): number {
  return size === 0 ? 0 : Math.max(1, roundHalfEven(scale * size));
}

/** For each of `to` pixels the nearest of `from` pixels that cover the same length. */
export function nearestTable(from: number, to: number): Int32Array {
  const table = new Int32Array(to);
  for (let i = 0; i < to; i++) table[i] = Math.min(Math.max(Math.floor(((i + 0.5) * from) / to), 0), from - 1);
  return table;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const fraction = x - below;
  if (fraction !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
