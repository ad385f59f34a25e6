import type { FloatArray } from '../array/nd-array.js';
import { rangeOf } from '../array/range-of.js';

/** Where the smallest and the greatest value go. `float`: 0 … 1, or −1 … 1 if some value is negative. */
export type IntensityRange = readonly [low: number, high: number] | 'float';

/**
 * Stretches an image linearly so that its range becomes `range`, in float32 arithmetic. A constant image is limited to the range.
 *
 * @param image float32, any shape
 * @returns float32, same shape
 * @throws {RangeError} if the range is empty
 * @see scikit-image `exposure.rescale_intensity`
 */
export function rescaleIntensity(image: FloatArray, range: IntensityRange): FloatArray {
  const data = new Float32Array(image.data.length);
  stretch(image.data, data, range);
  return { shape: image.shape, data };
}

/** The same for one plane, into `target`. */
export function stretch(source: Float32Array, target: Float32Array, range: IntensityRange): void {
  const [least, greatest] = rangeOf(source);
  const [low, high] = range === 'float' ? [least >= 0 ? 0 : -1, 1] : range;
  if (!(low < high)) throw new RangeError(`rescaleIntensity: from ${low} to ${high} is not a range`);
  if (least === greatest) {
    target.fill(Math.min(Math.max(least, low), high));
    return;
  }
  const width = Math.fround(greatest - least);
  const scale = Math.fround(high - low);
  const offset = Math.fround(low);
  for (let i = 0; i < source.length; i += 1) {
    const fraction = Math.fround(Math.fround(source[i]! - least) / width);
    target[i] = Math.fround(fraction * scale) + offset;
  }
}
