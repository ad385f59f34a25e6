import { requireRank } from '../array/checks.js';
import type { FloatArray } from '../array/nd-array.js';
import { equalizePlane } from './clahe.js';
import { rangeOf } from '../array/range-of.js';
import { mapPlanes } from './map-planes.js';
import type { IntensityRange } from './rescale-intensity.js';
import { stretch } from './rescale-intensity.js';

export interface HistogramNormalizationOptions {
  /** Size of the regions in pixels. @default an eighth of each axis; 64 in `histogramNormalizationV061` */
  readonly kernelSize?: number | null | undefined;
}

const V061_KERNEL = 64;

/**
 * Evens out the contrast of each channel of each image: stretches it to 0 … 1, then CLAHE with clip limit 0.01 and 256 bins.
 * A constant plane becomes zeros.
 *
 * @param image float32, shape (batch, rows, columns, channels)
 * @returns float32 in 0 … 1, same shape
 * @throws {RangeError} if the rank is not 4, or `kernelSize` is not a whole number above 0
 * @see deepcell-toolbox 0.12.1 `histogram_normalization` (alias `phase_preprocess`)
 */
export function histogramNormalization(image: FloatArray, options: HistogramNormalizationOptions = {}): FloatArray {
  return equalizeChannels(image, [0, 1], options.kernelSize);
}

/**
 * The same with regions of 64 pixels. An image with negative values is stretched to −1 … 1, of which CLAHE then cuts off
 * everything below 0.
 *
 * @see deepcell-toolbox 0.6.1 `histogram_normalization`
 */
export function histogramNormalizationV061(image: FloatArray, options: HistogramNormalizationOptions = {}): FloatArray {
  return equalizeChannels(image, 'float', options.kernelSize ?? V061_KERNEL);
}

function equalizeChannels(image: FloatArray, range: IntensityRange, kernelSize: number | null | undefined): FloatArray {
  requireRank('histogramNormalization', 'image', image, [4]);
  const [, rows, columns] = image.shape as [number, number, number, number];
  const stretched = new Float32Array(rows * columns);
  return mapPlanes('histogramNormalization', image, (source, target) => {
    const [least, greatest] = rangeOf(source);
    if (least === greatest) return;
    stretch(source, stretched, range);
    equalizePlane(stretched, target, rows, columns, { kernelSize });
  });
}
