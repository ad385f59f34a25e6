import type { FloatArray, NdArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';

export interface PixelwiseOptions {
  /** Pixels above this probability are inside a cell. Default 0.8. */
  readonly threshold?: number;
  /** Objects of fewer pixels are removed. Default 50. */
  readonly minSize?: number;
  /** Channel of the interior; negative ones count from the end. Default −2. */
  readonly interiorAxis?: number;
}

/**
 * Cells are the connected parts (4 neighbours) of the interior channel above a threshold. Numbers start at 1 in each
 * image of the batch; removed objects leave gaps.
 *
 * Source: deepcell-toolbox 0.12.1 `pixelwise` (formerly `deepcell`).
 *
 * @param prediction (batch, rows, columns, channels) float32
 * @returns (batch, rows, columns, 1) float64 labels
 * @throws {RangeError} for another rank, or a channel that is not there
 */
export function pixelwise(prediction: FloatArray, options: PixelwiseOptions = {}): NdArray<Float64Array> {
  const { threshold = 0.8, minSize = 50, interiorAxis = -2 } = options;
  const [batches, rows, columns, channels] = prediction.shape as [number, number, number, number];
  if (prediction.shape.length !== 4) {
    throw new RangeError(
      `pixelwise: shape (${prediction.shape.join(', ')}); (batch, rows, columns, channels) is accepted`,
    );
  }
  const channel = interiorAxis < 0 ? interiorAxis + channels : interiorAxis;
  if (!Number.isInteger(channel) || channel < 0 || channel >= channels) {
    throw new RangeError(`pixelwise: interior_axis ${interiorAxis} of ${channels} channels`);
  }
  const size = rows * columns;
  const data = new Float64Array(batches * size);
  const interior = new Uint8Array(size);
  // numpy compares float32 arrays with a Python float in float32.
  const least = Math.fround(threshold);
  for (let batch = 0; batch < batches; batch++) {
    for (let pixel = 0; pixel < size; pixel++) {
      interior[pixel] = prediction.data[(batch * size + pixel) * channels + channel]! > least ? 1 : 0;
    }
    const { labels } = label({ shape: [rows, columns], data: interior }, { connectivity: 1 });
    data.set(removeSmallObjects(labels, minSize).data, batch * size);
  }
  return { shape: [batches, rows, columns, 1], data };
}
