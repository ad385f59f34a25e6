import { channelPlane } from '../array/channel-plane.js';
import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { gaussian } from '../filters/gaussian.js';
import type { CompartmentChoice } from './compartments.js';
import { segmentCompartments } from './compartments.js';
import { floodInterior } from './flood-interior.js';
import type { CompartmentMaps, MultiplexMaps } from './format-multiplex.js';
import { peakPixels } from './peak-seeds.js';
import { renumberInPlace } from './relabel.js';

/** Both maps are smoothed by this many pixels. */
const SIGMA = 1;

export interface SubcellularCompartmentOptions {
  /** Seeds are at least this many pixels apart. Default 10. */
  readonly minDistance?: number;
  /** Seeds are peaks of the smoothed inner distance above this. Default 0.1. */
  readonly maximaThreshold?: number;
  /** Cells lie where the smoothed interior is above this. Default 0.2. */
  readonly interiorThreshold?: number;
  /** No seeds within `minDistance` of the border. Default false. */
  readonly excludeBorder?: boolean;
  /** Objects of fewer pixels are removed. Default 0. */
  readonly smallObjectsThreshold?: number;
}

export interface SubcellularOptions {
  /** Default `whole-cell`. */
  readonly compartment?: CompartmentChoice;
  readonly wholeCellKwargs?: SubcellularCompartmentOptions;
  readonly nuclearKwargs?: SubcellularCompartmentOptions;
}

/**
 * Cells, nuclei or both from a multiplex model of 2020: peaks of the smoothed inner distance seed a watershed of the
 * smoothed interior. Edges are not eroded.
 *
 * Source: deepcell-toolbox 0.6.1 `deep_watershed_subcellular`.
 *
 * @param maps of `formatOutputMultiplexV061`, (batch, rows, columns, 1) float32
 * @returns (batch, rows, columns, 1 or 2) int32, numbered from 1 in each image and compartment
 * @throws {RangeError} for another rank, shapes that differ, or another compartment
 */
export function deepWatershedSubcellular(maps: MultiplexMaps, options: SubcellularOptions = {}): LabelArray {
  return segmentCompartments('deepWatershedSubcellular', options.compartment ?? 'whole-cell', (compartment) =>
    segmentBatch(
      maps[compartment],
      (compartment === 'nuclear' ? options.nuclearKwargs : options.wholeCellKwargs) ?? {},
    ),
  );
}

function segmentBatch(
  { innerDistance, pixelwiseInterior }: CompartmentMaps,
  options: SubcellularCompartmentOptions,
): LabelArray {
  const { shape } = innerDistance;
  if (shape.length !== 4 || pixelwiseInterior.shape.slice(0, -1).join() !== shape.slice(0, -1).join()) {
    throw new RangeError(
      `deepWatershedSubcellular: maps of shape (${shape.join(', ')}) and (${pixelwiseInterior.shape.join(', ')}); ` +
        'twice (batch, rows, columns, 1) is accepted',
    );
  }
  const [batches, rows, columns] = shape as [number, number, number];
  const outShape = [batches, rows, columns, 1];
  const data = new Int32Array(sizeOf(outShape));
  for (let item = 0; item < batches; item++) {
    const cells = segment(channelPlane(innerDistance, item, 0), channelPlane(pixelwiseInterior, item, 0), options);
    data.set(cells.data, item * rows * columns);
  }
  return { shape: outShape, data };
}

function segment(inner: FloatArray, interior: FloatArray, options: SubcellularCompartmentOptions): LabelArray {
  const { minDistance = 10, maximaThreshold = 0.1, interiorThreshold = 0.2 } = options;
  const { excludeBorder = false, smallObjectsThreshold = 0 } = options;
  const seeds = peakPixels(gaussian(inner, SIGMA), { minDistance, thresholdAbs: maximaThreshold, excludeBorder });
  const { labels, runs } = floodInterior(seeds, gaussian(interior, SIGMA), interiorThreshold);
  renumberInPlace(labels.data, smallObjectsThreshold, runs);
  return labels;
}
