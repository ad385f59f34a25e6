import type { FloatArray } from '../array/nd-array.js';
import { requireRank } from '../array/checks.js';
import { rangeOf } from '../array/range-of.js';
import { mapPlanes } from '../exposure/map-planes.js';
import { percentile } from '../exposure/percentile.js';

/** What `clip` limits a plane to, in percent. */
const CLIP_PERCENTILES = [0.01, 99.9] as const;

export interface MinMaxOptions {
  /** Limit each plane to its 0.01 and 99.9 percentiles first. Default false. */
  readonly clip?: boolean;
  /** What a constant plane becomes: zeros, or NaN as in the original (0/0). Default `zero`. */
  readonly constantPlanes?: 'zero' | 'nan';
}

/**
 * Stretches every plane of an image to 0 … 1.
 *
 * Source: deepcell-spots 0.4 `min_max_normalize`.
 *
 * @param image (batch, rows, columns, channels) float32; each channel of each image on its own
 * @returns float32 of the same shape
 * @throws {RangeError} for another rank
 */
export function minMaxNormalize(image: FloatArray, options: MinMaxOptions = {}): FloatArray {
  requireRank('minMaxNormalize', 'image', image, [4]);
  return mapPlanes('minMaxNormalize', image, (source, target) => {
    const [low, high] = options.clip ? CLIP_PERCENTILES.map((percent) => percentile(source, percent)) : rangeOf(source);
    const span = high! - low!;
    if (span === 0 && options.constantPlanes === 'nan') target.fill(Number.NaN);
    if (!(span > 0)) return;
    for (let i = 0; i < source.length; i++) {
      target[i] = (Math.min(Math.max(source[i]!, low!), high!) - low!) / span;
    }
  });
}
