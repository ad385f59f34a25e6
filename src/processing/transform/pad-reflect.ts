import type { NdArray, TypedArray } from '../array/nd-array.js';
import { gather } from './gather.js';

/** How many elements are added before and after an axis. */
export type Padding = readonly [before: number, after: number];

/**
 * Where a position outside 0 … length−1 comes from when the array is mirrored about the centre of its edge elements
 * (numpy's `reflect`: c b | a b c | b a). Repeats as often as it takes; an axis of length 1 repeats its element.
 */
export function reflectIndex(position: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const wrapped = ((position % period) + period) % period;
  return wrapped < length ? wrapped : period - wrapped;
}

/**
 * Pads by mirroring, as `numpy.pad(image, padding, mode='reflect')`; the padding may exceed the image.
 *
 * @param image any rank and dtype
 * @param padding one pair for each axis, in elements
 * @throws {RangeError} if the pairs do not fit the rank, are negative, or an empty axis is to be padded
 */
export function padReflect<T extends TypedArray>(image: NdArray<T>, padding: readonly Padding[]): NdArray<T> {
  if (padding.length !== image.shape.length) {
    throw new RangeError(`padReflect: ${padding.length} pairs for an array of shape (${image.shape.join(', ')})`);
  }
  return gather(
    image,
    padding.map((pair, axis) => reflectTable(image.shape[axis]!, pair)),
  );
}

function reflectTable(length: number, [before, after]: Padding): Int32Array {
  if (!Number.isInteger(before) || !Number.isInteger(after) || before < 0 || after < 0) {
    throw new RangeError(`padReflect: a padding of ${before}, ${after}; whole numbers ≥ 0 are accepted`);
  }
  if (length === 0 && before + after > 0) throw new RangeError('padReflect: an empty axis has nothing to mirror');
  const table = new Int32Array(before + length + after);
  for (let i = 0; i < table.length; i++) table[i] = reflectIndex(i - before, length);
  return table;
}
