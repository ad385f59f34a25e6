import type { LabelArray, NdArray } from '../array/nd-array.js';
import { requireInteger, requireSameShape, volumeOf } from '../array/checks.js';
import { orderedKeys, sortByKey } from '../structures/ascending-order.js';
import { findPeakPixels } from './peak-pixels.js';
import { findPeakPixelsOfLabels } from './peak-pixels-of-labels.js';
import { thinPeaks } from './thin-peaks.js';

export interface PeakLocalMaxOptions {
  /** Smallest distance between two peaks along an axis, and radius of the window a peak must lead; pixels. @default 1 */
  minDistance?: number;
  /** Only pixels above this, rounded to float32, are peaks. @default the smallest value of the image */
  thresholdAbs?: number;
  /** Leave out peaks nearer than this to the border; true: `minDistance`, false: 0. @default true */
  excludeBorder?: boolean | number;
  /** Look for the peaks of each label on its own, as if the other pixels were lower than anything. */
  labels?: LabelArray | undefined;
}

/**
 * Local maxima, brightest first (label by label if `labels` are given), as an array of coordinates.
 *
 * A peak is a pixel above the threshold that equals the greatest value of the (2·minDistance + 1)-wide window around it; outside
 * the image counts as 0, so a negative pixel near the border is none. A constant image has no peaks. Peaks nearer than
 * `minDistance` to a brighter one (Chebyshev distance, strictly nearer) are dropped; equally bright ones go in raster order,
 * where the reference implementation leaves the order to an unstable sort.
 *
 * @param image float32, shape (rows, columns) or (planes, rows, columns)
 * @returns int32, shape (peaks, rank): (row, column) or (plane, row, column)
 * @throws {RangeError} if the rank is neither 2 nor 3, shapes differ, or a number is out of range
 * @see scikit-image 0.19 `feature.peak_local_max`
 */
export function peakLocalMax(image: NdArray<Float32Array>, options: PeakLocalMaxOptions = {}): NdArray<Int32Array> {
  const { minDistance = 1, excludeBorder = true, labels } = options;
  const volume = volumeOf('peakLocalMax', 'image', image);
  requireInteger('peakLocalMax', 'minDistance', minDistance, 0);
  const margin = typeof excludeBorder === 'number' ? excludeBorder : excludeBorder ? minDistance : 0;
  requireInteger('peakLocalMax', 'excludeBorder', margin, 0);
  if (labels) requireSameShape('peakLocalMax', 'labels', labels, 'image', image);
  const threshold = Math.fround(options.thresholdAbs ?? smallest(image.data));
  const rank = image.shape.length;
  const search = { volume, rank, minDistance, threshold, margin };
  const groups = labels
    ? findPeakPixelsOfLabels(image.data, labels.data, search)
    : [findPeakPixels(image.data, search)];
  const peaks = groups.map((pixels) => thinPeaks(brightestFirst(image.data, pixels), volume, minDistance));
  return coordinatesOf(peaks, image.shape);
}

/** Equal values stay in raster order. */
function brightestFirst(image: Float32Array, pixels: Int32Array): Int32Array {
  const keys = orderedKeys(Float32Array.from(pixels, (pixel) => -image[pixel]!));
  const sorted = pixels.slice();
  sortByKey(keys, sorted);
  return sorted;
}

function coordinatesOf(groups: readonly Int32Array[], shape: readonly number[]): NdArray<Int32Array> {
  const rank = shape.length;
  const count = groups.reduce((sum, pixels) => sum + pixels.length, 0);
  const data = new Int32Array(count * rank);
  let peak = 0;
  for (const pixels of groups) {
    for (const pixel of pixels) {
      let rest = pixel;
      for (let axis = rank - 1; axis >= 0; axis -= 1) {
        const length = shape[axis]!;
        data[peak * rank + axis] = rest % length;
        rest = Math.floor(rest / length);
      }
      peak += 1;
    }
  }
  return { shape: [count, rank], data };
}

function smallest(values: Float32Array): number {
  let least = Infinity;
  for (let i = 0; i < values.length; i += 1) {
    if (values[i]! < least) least = values[i]!;
  }
  return least;
}
