import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';
import { peakSeeds } from './peak-seeds.js';
import { watershed } from './watershed.js';

export interface WatershedTransformOptions {
  /** Seeds are at least this many pixels apart. Default 10. */
  readonly minDistance?: number;
  /** Objects of fewer pixels are removed. Default 50. */
  readonly minSize?: number;
  /** Seeds are peaks of the last channel above this. Default 0.05. */
  readonly thresholdAbs?: number;
}

/**
 * Cells from scores of distance classes: the class with the greatest score is a pixel's height (0 is background), peaks
 * of the last class are the seeds of a watershed. The batch is one volume: seeds of one image keep those of the next at
 * bay, and numbers run on through the batch; removed objects leave gaps.
 *
 * Source: deepcell-toolbox 0.12.1 `watershed`.
 *
 * @param image (batch, rows, columns, classes) float32
 * @returns (batch, rows, columns, 1) int32
 * @throws {RangeError} for another rank, or without channels
 */
export function watershedTransform(image: FloatArray, options: WatershedTransformOptions = {}): LabelArray {
  const { minDistance = 10, minSize = 50, thresholdAbs = 0.05 } = options;
  const [batches, rows, columns, channels] = image.shape as [number, number, number, number];
  if (image.shape.length !== 4 || channels === 0) {
    throw new RangeError(
      `watershedTransform: shape (${image.shape.join(', ')}); (batch, rows, columns, classes) is accepted`,
    );
  }
  const shape = [batches, rows, columns];
  const size = batches * rows * columns;
  const height = new Float32Array(size);
  const score = new Float32Array(size);
  const foreground = new Uint8Array(size);
  for (let pixel = 0, at = 0; pixel < size; pixel++, at += channels) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (image.data[at + c]! > image.data[at + best]!) best = c;
    height[pixel] = -best;
    foreground[pixel] = best > 0 ? 1 : 0;
    score[pixel] = image.data[at + channels - 1]!;
  }
  const seeds = peakSeeds(
    { shape, data: score },
    { minDistance, thresholdAbs, excludeBorder: false, labels: { shape, data: Int32Array.from(foreground) } },
  );
  const { labels } = label(seeds, { connectivity: 1 });
  const cells = watershed({ shape, data: height }, labels, { mask: { shape, data: foreground } });
  return { shape: [...shape, 1], data: removeSmallObjects(cells, minSize).data };
}
