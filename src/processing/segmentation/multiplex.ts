import type { LabelArray } from '../array/nd-array.js';
import { fillEnclosedHoles } from '../morphology/fill-enclosed-holes.js';
import type { CompartmentChoice } from './compartments.js';
import { segmentCompartments } from './compartments.js';
import { deepWatershed } from './deep-watershed.js';
import type { CompartmentMaps, MultiplexMaps } from './format-multiplex.js';

export interface MultiplexCompartmentOptions {
  /** Radius of the disk of the h-maxima, in pixels. Default 10. */
  readonly radius?: number;
  /** How far a seed stands out of the inner distance. Default 0.1. */
  readonly maximaThreshold?: number;
  /** Cells lie where the interior is above this. Default 0.2. */
  readonly interiorThreshold?: number;
  /** Gaussian sigma for the inner distance, in pixels. Default 0. */
  readonly maximaModelSmooth?: number;
  /** Gaussian sigma for the interior, in pixels. Default 1. */
  readonly interiorModelSmooth?: number;
  /** Objects of fewer pixels are removed. Default 0. */
  readonly smallObjectsThreshold?: number;
  /** Holes of fewer pixels are filled. Default 0. */
  readonly fillHolesThreshold?: number;
  /** How many pixels the interior grows to every side. Default: none. */
  readonly pixelExpansion?: number;
}

export interface MultiplexOptions {
  /** Default `whole-cell`. */
  readonly compartment?: CompartmentChoice;
  readonly wholeCellKwargs?: MultiplexCompartmentOptions;
  readonly nuclearKwargs?: MultiplexCompartmentOptions;
}

/**
 * Cells, nuclei or both from a multiplex model of 4 heads: h-maxima of the inner distance seed a watershed of the
 * smoothed interior.
 *
 * Source: deepcell-toolbox 0.7.0 to 0.9.1 `deep_watershed_mibi`, `multiplex_postprocess`.
 *
 * @param maps of `formatOutputMultiplex`, (batch, rows, columns, 1) float32
 * @returns (batch, rows, columns, 1 or 2) int32, numbered from 1 in each image and compartment
 * @throws {RangeError} as `deepWatershed`, or for another compartment
 */
export function multiplexPostprocess(maps: MultiplexMaps, options: MultiplexOptions = {}): LabelArray {
  return segmentCompartments('multiplexPostprocess', options.compartment ?? 'whole-cell', (compartment) =>
    segment(maps[compartment], (compartment === 'nuclear' ? options.nuclearKwargs : options.wholeCellKwargs) ?? {}),
  );
}

function segment(maps: CompartmentMaps, options: MultiplexCompartmentOptions): LabelArray {
  const { maximaModelSmooth = 0, interiorModelSmooth = 1, interiorThreshold = 0.2 } = options;
  const { fillHolesThreshold = 0, ...others } = options;
  const cells = deepWatershed([maps.innerDistance, maps.pixelwiseInterior], {
    ...others,
    interiorThreshold,
    maximaSmooth: maximaModelSmooth,
    interiorSmooth: interiorModelSmooth,
    fillHolesThreshold: 0,
  });
  return fillHolesThreshold > 0 ? fillBatch(cells, fillHolesThreshold) : cells;
}

/** These releases filled the holes of all objects in one pass; no object vanishes by it, so that numbers stay as they are. */
function fillBatch(cells: LabelArray, size: number): LabelArray {
  const [batches, rows, columns] = cells.shape as [number, number, number];
  const data = new Int32Array(cells.data.length);
  for (let item = 0; item < batches; item++) {
    const plane = cells.data.subarray(item * rows * columns, (item + 1) * rows * columns);
    data.set(fillEnclosedHoles({ shape: [rows, columns], data: plane }, size).data, item * rows * columns);
  }
  return { shape: cells.shape, data };
}
