import { deepWatershedSubcellular } from '../segmentation/deep-watershed-subcellular.js';
import { multiplexMaps } from '../segmentation/format-multiplex.js';
import { mesmerPostprocess } from '../segmentation/mesmer.js';
import { multiplexPostprocess } from '../segmentation/multiplex.js';
import {
  COMPARTMENT,
  EXCLUDE_BORDER,
  MIN_DISTANCE,
  number,
  pixels,
  sigma,
  SMALL_OBJECTS,
} from './common-parameters.js';
import { DEEP_WATERSHED_PARAMETERS } from './deep-watershed-functions.js';
import type { Parameter } from './parameter.js';
import type { FunctionVariant, PostprocessRun, ProcessingFunction } from './processing-function.js';
import { toOptions } from './to-options.js';

const SUBCELLULAR: FunctionVariant<PostprocessRun> = {
  parameters: [
    COMPARTMENT,
    ...perCompartment([
      MIN_DISTANCE,
      number('maxima_threshold', 0.1, 'seeds are peaks of the inner distance above this'),
      number('interior_threshold', 0.2, 'cells lie where the interior is above this'),
      EXCLUDE_BORDER,
      SMALL_OBJECTS,
    ]),
  ],
  run: (outputs, parameters) => [deepWatershedSubcellular(multiplexMaps(outputs), toOptions(parameters))],
};

const MULTIPLEX: FunctionVariant<PostprocessRun> = {
  parameters: [
    COMPARTMENT,
    ...perCompartment([
      pixels('radius', 10, 'of the disk of the h-maxima', { maximum: 1000 }),
      number('maxima_threshold', 0.1, 'how far a seed stands out'),
      number('interior_threshold', 0.2, 'cells lie where the interior is above this'),
      sigma('maxima_model_smooth', 0, 'Gaussian for the inner distance'),
      sigma('interior_model_smooth', 1, 'Gaussian for the interior'),
      SMALL_OBJECTS,
      pixels('fill_holes_threshold', 0, 'holes of fewer pixels are filled'),
      pixels('pixel_expansion', null, 'how far the interior grows', { nullable: true, maximum: 1000 }),
    ]),
  ],
  run: (outputs, parameters) => [multiplexPostprocess(multiplexMaps(outputs), toOptions(parameters))],
};

const MESMER: FunctionVariant<PostprocessRun> = {
  parameters: [
    COMPARTMENT,
    // The maps of a compartment are named, not counted.
    ...perCompartment(DEEP_WATERSHED_PARAMETERS.filter(({ name }) => !name.endsWith('_index'))),
  ],
  run: (outputs, parameters) => [mesmerPostprocess(multiplexMaps(outputs), toOptions(parameters))],
};

/** Post-processing of models that see membranes and nuclei. */
export const MULTIPLEX_FUNCTIONS: readonly ProcessingFunction<PostprocessRun>[] = [
  {
    name: 'multiplex',
    aliases: ['multiplex_postprocess'],
    summary: 'Cells, nuclei or both from a multiplex model.',
    variants: [
      { version: '0.6.1', ...SUBCELLULAR },
      { version: '0.8.6', ...MULTIPLEX },
      { version: '0.12.1', ...MESMER },
    ],
  },
  {
    name: 'deep_watershed_subcellular',
    aliases: [],
    summary: 'Cells, nuclei or both, as for multiplex models of 2020.',
    variants: [SUBCELLULAR],
  },
  {
    name: 'mesmer_postprocess',
    aliases: ['mesmer'],
    summary: 'Cells, nuclei or both from a Mesmer model.',
    variants: [MESMER],
  },
];

function perCompartment(parameters: readonly Parameter[]): Parameter[] {
  return [
    { name: 'whole_cell_kwargs', type: 'object', default: {}, parameters, summary: 'parameters for cells' },
    { name: 'nuclear_kwargs', type: 'object', default: {}, parameters, summary: 'parameters for nuclei' },
  ];
}
