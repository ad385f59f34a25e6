import { channelPlane } from '../array/channel-plane.js';
import { pixelsOfMask } from '../array/pixels-of-mask.js';
import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { gaussian } from '../filters/gaussian.js';
import { dilateSquare } from '../morphology/dilate-square.js';
import { fillHoles } from '../morphology/fill-holes.js';
import { ball, disk } from '../morphology/footprints.js';
import { hMaxima } from '../morphology/h-maxima.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';
import { erodeEdges } from './erode-edges.js';
import { floodInterior } from './flood-interior.js';
import { peakPixels } from './peak-seeds.js';
import { relabelSequential, renumberInPlace } from './relabel.js';

export type MaximaAlgorithm = 'h_maxima' | 'peak_local_max';

export interface DeepWatershedOptions {
  /** Radius of the disk (ball) of the h-maxima, or least distance of peaks, in pixels. Default 10. */
  readonly radius?: number;
  /** How far a seed stands out (h-maxima), or its least height (peaks). Default 0.1. */
  readonly maximaThreshold?: number;
  /** Cells lie where the interior map is above this. Default 0.01. */
  readonly interiorThreshold?: number;
  /** Gaussian sigma for the maxima map, in pixels; 0: none. Default 0. */
  readonly maximaSmooth?: number;
  /** Gaussian sigma for the interior map, in pixels; 0: none. Default 1. */
  readonly interiorSmooth?: number;
  /** Which output holds the maxima; negative ones count from the end. Default 0. */
  readonly maximaIndex?: number;
  /** Which output holds the interior. Default −1. */
  readonly interiorIndex?: number;
  /** How many times the edges of cells are eroded by a pixel. Default 0. */
  readonly labelErosion?: number;
  /** Objects of fewer pixels are removed. Default 0. */
  readonly smallObjectsThreshold?: number;
  /** Holes of fewer pixels are filled, in 2-D. Default 0: none. */
  readonly fillHolesThreshold?: number;
  /** How many pixels the interior grows to every side. Default: none. */
  readonly pixelExpansion?: number;
  /** Default `h_maxima`. */
  readonly maximaAlgorithm?: MaximaAlgorithm;
  /** With `peak_local_max`: no seeds within `radius` of the border. Default false. */
  readonly excludeBorder?: boolean;
  /** Old name of `radius`; wins if given. */
  readonly minDistance?: number;
  /** Old name of `maximaThreshold`; wins if given. */
  readonly detectionThreshold?: number;
  /** Old name of `interiorThreshold`; wins if given. */
  readonly distanceThreshold?: number;
}

/**
 * Cells from a model's maps, as deepcell-toolbox 0.10.0 to 0.12.1 does it: maxima of one map seed a watershed of the
 * other. Both maps are smoothed first; holes, small objects and edges are dealt with afterwards.
 *
 * @param outputs (batch, rows, columns, channels) or (batch, planes, rows, columns, channels) float32, equal but for the
 *   channels, of which the first is used. NaN has to be refused before: it is neither above nor below a threshold
 * @returns (batch, [planes,] rows, columns, 1), numbered from 1 in each item
 * @throws {RangeError} if an output is missing, the shapes do not fit, or an option is outside its range
 */
export function deepWatershed(outputs: readonly FloatArray[], options: DeepWatershedOptions = {}): LabelArray {
  const maxima = output(outputs, options.maximaIndex ?? 0, 'maxima_index');
  const interior = output(outputs, options.interiorIndex ?? -1, 'interior_index');
  const shape = maxima.shape.slice(0, -1);
  if ((shape.length !== 3 && shape.length !== 4) || interior.shape.slice(0, -1).join() !== shape.join()) {
    throw new RangeError(
      `deepWatershed: outputs of shape (${maxima.shape.join(', ')}) and (${interior.shape.join(', ')}); ` +
        'twice (batch, [planes,] rows, columns, channels) is accepted',
    );
  }
  const data = new Int32Array(sizeOf(shape));
  const size = sizeOf(shape.slice(1));
  for (let item = 0; item < shape[0]!; item++) {
    const cells = segment(channelPlane(maxima, item, 0), channelPlane(interior, item, 0), options);
    data.set(cells.data, item * size);
  }
  return { shape: [...shape, 1], data };
}

function segment(maximaMap: FloatArray, interiorMap: FloatArray, options: DeepWatershedOptions): LabelArray {
  const { maximaSmooth = 0, interiorSmooth = 1, labelErosion = 0, pixelExpansion } = options;
  const { smallObjectsThreshold = 0, fillHolesThreshold = 0 } = options;
  const threshold = options.distanceThreshold ?? options.interiorThreshold ?? 0.01;
  const maxima = gaussian(maximaMap, maximaSmooth);
  const smooth = gaussian(interiorMap, interiorSmooth);
  const interior = pixelExpansion ? dilateSquare(smooth, pixelExpansion) : smooth;
  const { labels, runs } = floodInterior(seedsOf(maxima, options), interior, threshold);
  const minSize = Math.max(0, smallObjectsThreshold);
  const cells = labelErosion === 0 ? labels : erodeEdges(labels, labelErosion);
  if (fillHolesThreshold > 0) {
    return relabelSequential(fillHoles(removeSmallObjects(cells, minSize), fillHolesThreshold));
  }
  renumberInPlace(cells.data, minSize, runs);
  return cells;
}

/** Pixels in raster order. */
function seedsOf(maxima: FloatArray, options: DeepWatershedOptions): Int32Array {
  const radius = options.minDistance ?? options.radius ?? 10;
  const height = options.detectionThreshold ?? options.maximaThreshold ?? 0.1;
  const { maximaAlgorithm = 'h_maxima', excludeBorder = false } = options;
  switch (maximaAlgorithm) {
    case 'h_maxima':
      return pixelsOfMask(hMaxima(maxima, height, maxima.shape.length === 2 ? disk(radius) : ball(radius)));
    case 'peak_local_max':
      return peakPixels(maxima, { minDistance: radius, thresholdAbs: height, excludeBorder });
    default:
      throw new RangeError(
        `deepWatershed: maxima_algorithm ${String(maximaAlgorithm)}; h_maxima and peak_local_max are accepted`,
      );
  }
}

function output(outputs: readonly FloatArray[], index: number, name: string): FloatArray {
  const found = outputs.at(index);
  if (!found) throw new RangeError(`deepWatershed: ${name} ${index} of ${outputs.length} outputs`);
  return found;
}
