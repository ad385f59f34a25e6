import type { NdArray, TypedArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { newLike } from '../array/new-like.js';
import { gather, identity } from './gather.js';
import { nearestTable } from './rescale.js';
import { resizeAntiAliased } from './resize-anti-aliased.js';

export interface ResizeOptions {
  /** True for label images: nearest neighbour, no value that was not there before. Default false. */
  readonly labeledImage?: boolean;
}

type Numbers = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/**
 * Resizes to a given number of rows and columns. As the original does it, one channel and several differ:
 *
 * - one channel: bilinear between pixel centres, clamped at the edges, no anti-aliasing (OpenCV's `INTER_LINEAR`);
 *   labels by floor(i · n / n') (`INTER_NEAREST`)
 * - several: Gaussian anti-aliasing where an axis shrinks, then bilinear with zeros outside, clipped to the range of the
 *   input (`skimage.transform.resize`, constant mode); labels by floor((i + 0.5) · n / n')
 *
 * Computed in float64; the result has the dtype of the input (integers are cut, not rounded).
 *
 * @param image (rows, columns, channels) or (batch, rows, columns, channels)
 * @param shape rows and columns of the result, ≥ 1
 * @throws {RangeError} for another rank, an empty image, or a shape that is not two whole numbers ≥ 1
 */
export function resize<T extends Numbers>(
  image: NdArray<T>,
  shape: readonly [rows: number, columns: number],
  options: ResizeOptions = {},
): NdArray<T> {
  checkArguments(image, shape);
  const several = image.shape.at(-1)! > 1;
  if (options.labeledImage) return pick(image, shape, several ? nearestTable : floorTable);
  const planes = asPlanes(image.shape);
  const outShape = [...image.shape.slice(0, -3), shape[0], shape[1], image.shape.at(-1)!];
  const data = newLike(image.data, sizeOf(outShape));
  const step = sizeOf(shape) * planes.channels;
  const size = planes.rows * planes.columns * planes.channels;
  for (let batch = 0; batch < planes.batches; batch++) {
    const source = image.data.subarray(batch * size, (batch + 1) * size) as T;
    const resized = several
      ? resizeAntiAliased(source, [planes.rows, planes.columns, planes.channels], shape)
      : resizeLinear(source, planes.rows, planes.columns, shape);
    data.set(resized, batch * step);
  }
  return { shape: outShape, data };
}

/**
 * Resizes label images by nearest neighbour; labels stay exact.
 * @param labels ([batch,] rows, columns, channels); otherwise as {@link resize}
 */
export function resizeLabels<T extends Numbers>(
  labels: NdArray<T>,
  shape: readonly [rows: number, columns: number],
): NdArray<T> {
  return resize(labels, shape, { labeledImage: true });
}

function pick<T extends Numbers>(
  image: NdArray<T>,
  shape: readonly [number, number],
  table: (from: number, to: number) => Int32Array,
): NdArray<T> {
  const rank = image.shape.length;
  return gather(
    image,
    image.shape.map((size, axis) => {
      if (axis === rank - 3) return table(size, shape[0]);
      if (axis === rank - 2) return table(size, shape[1]);
      return identity(size);
    }),
  );
}

function floorTable(from: number, to: number): Int32Array {
  const table = new Int32Array(to);
  for (let i = 0; i < to; i++) table[i] = Math.min(Math.floor((i * from) / to), from - 1);
  return table;
}

function resizeLinear(
  source: Numbers,
  rows: number,
  columns: number,
  [outRows, outColumns]: readonly [number, number],
): Float64Array {
  const y = linearTable(rows, outRows);
  const x = linearTable(columns, outColumns);
  const out = new Float64Array(outRows * outColumns);
  let target = 0;
  for (let i = 0; i < outRows; i++) {
    const above = y.low[i]! * columns;
    const below = y.high[i]! * columns;
    const fy = y.fraction[i]!;
    for (let j = 0; j < outColumns; j++) {
      const left = x.low[j]!;
      const right = x.high[j]!;
      const fx = x.fraction[j]!;
      const top = source[above + left]! * (1 - fx) + source[above + right]! * fx;
      const bottom = source[below + left]! * (1 - fx) + source[below + right]! * fx;
      out[target++] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

function linearTable(from: number, to: number) {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const fraction = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const position = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    low[i] = Math.floor(position);
    high[i] = Math.min(low[i]! + 1, from - 1);
    fraction[i] = position - low[i]!;
  }
  return { low, high, fraction };
}

function asPlanes(shape: readonly number[]) {
  const [rows, columns, channels] = shape.slice(-3) as [number, number, number];
  return { batches: shape.length === 4 ? shape[0]! : 1, rows, columns, channels };
}

function checkArguments(image: NdArray, shape: readonly number[]): void {
  if (image.shape.length !== 3 && image.shape.length !== 4) {
    throw new RangeError(`resize: shape (${image.shape.join(', ')}); ([batch,] rows, columns, channels) is accepted`);
  }
  if (image.shape.slice(-3).includes(0)) {
    throw new RangeError(`resize: an image of shape (${image.shape.join(', ')}) has no pixels`);
  }
  if (shape.length !== 2 || !shape.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`resize: a target of (${shape.join(', ')}); two whole numbers ≥ 1 are accepted`);
  }
}
