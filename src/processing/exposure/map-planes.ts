import { shapeText } from '../array/checks.js';
import type { FloatArray, NdArray, TypedArray } from '../array/nd-array.js';

/** Element types whose elements are numbers. */
export type Numbers = NdArray<Exclude<TypedArray, BigInt64Array | BigUint64Array>>;

/** Computes `target` from `source`, both one plane in C order; `target` begins as zeros. */
export type PlaneMap = (source: Float32Array, target: Float32Array) => void;

/**
 * Applies a function to every plane: the elements of one channel of one item of the batch.
 *
 * @param image shape (batch, …, channels) with at least one axis between; converted to float32 first
 * @returns float32, same shape
 * @throws {RangeError} if the rank is below 3
 */
export function mapPlanes(caller: string, image: Numbers, map: PlaneMap): FloatArray {
  const { shape } = image;
  if (shape.length < 3) {
    throw new RangeError(
      `${caller}: image has shape ${shapeText(shape)}; (batch, …, channels) with at least 3 axes is accepted`,
    );
  }
  const channels = shape[shape.length - 1]!;
  const items = shape[0]!;
  const source = image.data instanceof Float32Array ? image.data : Float32Array.from(image.data);
  const data = new Float32Array(source.length);
  const size = items * channels === 0 ? 0 : source.length / (items * channels);
  if (size === 0) return { shape, data };
  if (channels === 1) {
    for (let first = 0; first < data.length; first += size) {
      map(source.subarray(first, first + size), data.subarray(first, first + size));
    }
    return { shape, data };
  }
  const plane = new Float32Array(size);
  const result = new Float32Array(size);
  for (let item = 0; item < items; item += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const first = item * size * channels + channel;
      for (let i = 0, from = first; i < size; i += 1, from += channels) plane[i] = source[from]!;
      result.fill(0);
      map(plane, result);
      for (let i = 0, to = first; i < size; i += 1, to += channels) data[to] = result[i]!;
    }
  }
  return { shape, data };
}
