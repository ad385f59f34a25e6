import { volumeOf } from '../array/checks.js';
import { channelPlane } from '../array/channel-plane.js';
import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { erodeInPlace } from './erode-edges.js';
import { floodInterior } from './flood-interior.js';
import { peakPixels } from './peak-seeds.js';
import { renumberInPlace } from './relabel.js';

export interface DeepWatershedV061Options {
  /** Seeds are at least this many pixels apart. Default 10. */
  readonly minDistance?: number;
  /** Seeds are peaks of the inner distance above this. Default 0.1. */
  readonly detectionThreshold?: number;
  /** Cells lie where the outer distance is above this. Default 0.01. */
  readonly distanceThreshold?: number;
  /** No seeds within `minDistance` of the border. Default false. */
  readonly excludeBorder?: boolean;
  /** Objects of fewer pixels are removed. Default 0. */
  readonly smallObjectsThreshold?: number;
}

/**
 * Cells from a model's distance maps, as deepcell-toolbox 0.6.1 to 0.9.1 did it: peaks of the inner distance seed a
 * watershed of the outer distance; edges are eroded by a pixel, so that touching cells end two pixels apart.
 *
 * @param outputs inner and outer distance, (batch, rows, columns, 1) or (batch, planes, rows, columns, 1) float32;
 *   further outputs and channels are not looked at. NaN has to be refused before: it is neither above nor below a threshold
 * @returns (batch, [planes,] rows, columns), numbered from 1 in each item
 * @throws {RangeError} if there are not two outputs of one shape
 */
export function deepWatershedV061(outputs: readonly FloatArray[], options: DeepWatershedV061Options = {}): LabelArray {
  const {
    minDistance = 10,
    detectionThreshold = 0.1,
    distanceThreshold = 0.01,
    excludeBorder = false,
    smallObjectsThreshold = 0,
  } = options;
  const [inner, outer] = outputs;
  if (!inner || !outer) {
    throw new RangeError(`deepWatershedV061: ${outputs.length} outputs; inner and outer distance are needed`);
  }
  const shape = inner.shape.slice(0, -1);
  if ((shape.length !== 3 && shape.length !== 4) || outer.shape.slice(0, -1).join() !== shape.join()) {
    throw new RangeError(
      `deepWatershedV061: outputs of shape (${inner.shape.join(', ')}) and (${outer.shape.join(', ')}); ` +
        'twice (batch, [planes,] rows, columns, channels) is accepted',
    );
  }
  const data = new Int32Array(sizeOf(shape));
  const size = sizeOf(shape.slice(1));
  const peakOptions = { minDistance, thresholdAbs: detectionThreshold, excludeBorder };
  for (let item = 0; item < shape[0]!; item++) {
    const target = data.subarray(item * size, (item + 1) * size);
    const seeds = peakPixels(channelPlane(inner, item, 0), peakOptions);
    const { labels, runs } = floodInterior(seeds, channelPlane(outer, item, 0), distanceThreshold, target);
    erodeInPlace(target, volumeOf('deepWatershedV061', 'outputs', labels), runs);
    renumberInPlace(target, smallObjectsThreshold, runs);
  }
  return { shape, data };
}
