import { requireRank } from '../array/checks.js';
import type { FloatArray } from '../array/nd-array.js';
import { histogramNormalization } from './histogram-normalization.js';
import { percentileThreshold } from './percentile-threshold.js';

export interface MultiplexPreprocessOptions {
  /** Whether to cut off bright pixels. @default true */
  readonly threshold?: boolean;
  /** Percentile of the non-zero pixels at which they are cut off. @default 99.9 */
  readonly percentile?: number;
  /** Whether to even out the contrast. @default true */
  readonly normalize?: boolean;
  /** Size of the regions in pixels; null: an eighth of each axis. @default 128 */
  readonly kernelSize?: number | null | undefined;
}

/**
 * Prepares images of membrane and nuclear markers: percentile threshold, then histogram normalisation.
 *
 * @param image float32, shape (batch, rows, columns, channels)
 * @returns float32, same shape
 * @throws {RangeError} if the rank is not 4, or an option is out of range
 * @see deepcell-tf 0.12 `mesmer_preprocess`, deepcell-toolbox ≤ 0.8.6 `multiplex_preprocess`
 */
export function multiplexPreprocess(image: FloatArray, options: MultiplexPreprocessOptions = {}): FloatArray {
  const { threshold = true, percentile = 99.9, normalize = true } = options;
  const kernelSize = options.kernelSize === undefined ? 128 : options.kernelSize;
  requireRank('multiplexPreprocess', 'image', image, [4]);
  let result: FloatArray = { shape: image.shape, data: image.data.slice() };
  if (threshold) result = percentileThreshold(result, { percentile });
  if (normalize) result = histogramNormalization(result, { kernelSize });
  return result;
}
