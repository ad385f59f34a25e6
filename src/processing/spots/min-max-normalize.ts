import type { FloatArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';

/** What `clip` limits a plane to, in percent. */
const CLIP_PERCENTILES = [0.01, 99.9] as const;

export interface MinMaxOptions {
  /** Limit each plane to its 0.01 and 99.9 percentiles first. Default false. */
  readonly clip?: boolean;
}

/**
 * Stretches every plane of an image to 0 … 1. A constant plane gives zeros (the reference gives NaN).
 *
 * Source: deepcell-spots 0.4 `min_max_normalize`.
 *
 * @param image (batch, rows, columns, channels) float32; each channel of each image on its own
 * @returns float32 of the same shape
 * @throws {RangeError} for another rank
 */
export function minMaxNormalize(image: FloatArray, options: MinMaxOptions = {}): FloatArray {
  if (image.shape.length !== 4) {
    throw new RangeError(
      `minMaxNormalize: shape (${image.shape.join(', ')}); (batch, rows, columns, channels) is accepted`,
    );
  }
  const [batches, rows, columns, channels] = image.shape as [number, number, number, number];
  const data = new Float32Array(sizeOf(image.shape));
  const size = rows * columns;
  for (let batch = 0; batch < batches; batch++) {
    for (let channel = 0; channel < channels; channel++) {
      const first = batch * size * channels + channel;
      const [low, high] = options.clip
        ? percentiles(image.data, first, channels, size)
        : range(image.data, first, channels, size);
      if (!(high > low)) continue;
      const span = high - low;
      for (let i = 0, at = first; i < size; i++, at += channels) {
        data[at] = (Math.min(Math.max(image.data[at]!, low), high) - low) / span;
      }
    }
  }
  return { shape: image.shape, data };
}

function range(data: Float32Array, first: number, step: number, count: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0, at = first; i < count; i++, at += step) {
    const value = data[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Linear interpolation between the order statistics around (n − 1) · percent / 100. */
function percentiles(data: Float32Array, first: number, step: number, count: number): [number, number] {
  const sorted = new Float32Array(count);
  for (let i = 0, at = first; i < count; i++, at += step) sorted[i] = data[at]!;
  sorted.sort();
  const at = (percent: number): number => {
    const position = ((count - 1) * percent) / 100;
    const below = Math.floor(position);
    const lower = sorted[below]!;
    return lower + (sorted[Math.min(below + 1, count - 1)]! - lower) * (position - below);
  };
  return count > 0 ? [at(CLIP_PERCENTILES[0]), at(CLIP_PERCENTILES[1])] : [0, 0];
}
