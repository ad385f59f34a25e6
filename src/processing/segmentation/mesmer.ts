import type { LabelArray } from '../array/nd-array.js';
import type { CompartmentChoice } from './compartments.js';
import { segmentCompartments } from './compartments.js';
import type { DeepWatershedOptions } from './deep-watershed.js';
import { deepWatershed } from './deep-watershed.js';
import type { Compartment, MultiplexMaps } from './format-multiplex.js';

/** What Mesmer sets where the caller does not. */
export const MESMER_DEFAULTS: Readonly<Record<Compartment, DeepWatershedOptions>> = {
  'whole-cell': {
    maximaThreshold: 0.075,
    maximaSmooth: 0,
    interiorThreshold: 0.2,
    interiorSmooth: 2,
    smallObjectsThreshold: 15,
    fillHolesThreshold: 15,
    radius: 2,
  },
  nuclear: {
    maximaThreshold: 0.1,
    maximaSmooth: 0,
    interiorThreshold: 0.2,
    interiorSmooth: 2,
    smallObjectsThreshold: 15,
    fillHolesThreshold: 15,
    radius: 2,
  },
};

export interface MesmerOptions {
  /** Default `whole-cell`. */
  readonly compartment?: CompartmentChoice;
  /** Over {@link MESMER_DEFAULTS}. */
  readonly wholeCellKwargs?: DeepWatershedOptions;
  /** Over {@link MESMER_DEFAULTS}. */
  readonly nuclearKwargs?: DeepWatershedOptions;
}

/**
 * Cells, nuclei or both from a Mesmer model. Source: deepcell-tf 0.12 `mesmer_postprocess`.
 *
 * @param maps of `formatOutputMultiplex`, (batch, rows, columns, 1) float32
 * @returns (batch, rows, columns, 1 or 2) int32, numbered from 1 in each image and compartment
 * @throws {RangeError} as `deepWatershed`, or for another compartment
 */
export function mesmerPostprocess(maps: MultiplexMaps, options: MesmerOptions = {}): LabelArray {
  return segmentCompartments('mesmerPostprocess', options.compartment ?? 'whole-cell', (compartment) =>
    deepWatershed([maps[compartment].innerDistance, maps[compartment].pixelwiseInterior], {
      ...MESMER_DEFAULTS[compartment],
      ...(compartment === 'nuclear' ? options.nuclearKwargs : options.wholeCellKwargs),
    }),
  );
}
