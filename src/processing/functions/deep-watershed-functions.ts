import { deepWatershed } from '../segmentation/deep-watershed.js';
import { deepWatershedV061 } from '../segmentation/deep-watershed-v061.js';
import { EXCLUDE_BORDER, MIN_DISTANCE, number, pixels, sigma, SMALL_OBJECTS } from './common-parameters.js';
import type { Parameter } from './parameter.js';
import type { PostprocessRun, ProcessingFunction } from './processing-function.js';
import { toOptions } from './to-options.js';

const OLD_NAME = { nullable: true };

/** Parameters of `deep_watershed` since 0.10.0; those of one compartment of Mesmer are the same. */
export const DEEP_WATERSHED_PARAMETERS: readonly Parameter[] = [
  pixels('radius', 10, 'of the disk of the h-maxima, or least distance of peaks', { maximum: 1000 }),
  number('maxima_threshold', 0.1, 'how far a seed stands out (h_maxima), or its least height (peak_local_max)'),
  number('interior_threshold', 0.01, 'cells lie where the interior map is above this'),
  sigma('maxima_smooth', 0, 'Gaussian for the maxima map'),
  sigma('interior_smooth', 1, 'Gaussian for the interior map'),
  { name: 'maxima_index', type: 'integer', default: 0, summary: 'output with the maxima; −1 is the last' },
  { name: 'interior_index', type: 'integer', default: -1, summary: 'output with the interior; −1 is the last' },
  pixels('label_erosion', 0, 'how far the edges of cells are eroded', { maximum: 1000 }),
  SMALL_OBJECTS,
  pixels('fill_holes_threshold', 0, 'holes of fewer pixels are filled'),
  pixels('pixel_expansion', null, 'how far the interior grows', { nullable: true, maximum: 1000 }),
  {
    name: 'maxima_algorithm',
    type: 'string',
    default: 'h_maxima',
    values: ['h_maxima', 'peak_local_max'],
    summary: 'how seeds are found',
  },
  EXCLUDE_BORDER,
  pixels('min_distance', null, 'old name of radius; wins if given', OLD_NAME),
  number('detection_threshold', null, 'old name of maxima_threshold; wins if given', OLD_NAME),
  number('distance_threshold', null, 'old name of interior_threshold; wins if given', OLD_NAME),
];

/** Seeds from one map of a model, cells from another. */
export const DEEP_WATERSHED: ProcessingFunction<PostprocessRun> = {
  name: 'deep_watershed',
  aliases: [],
  summary: 'Maxima of the inner distance seed a watershed of the outer distance.',
  variants: [
    {
      version: '0.6.1',
      parameters: [
        MIN_DISTANCE,
        number('detection_threshold', 0.1, 'seeds are peaks of the inner distance above this'),
        number('distance_threshold', 0.01, 'cells lie where the outer distance is above this'),
        EXCLUDE_BORDER,
        SMALL_OBJECTS,
      ],
      run: (outputs, parameters) => {
        const labels = deepWatershedV061(outputs, toOptions(parameters));
        return [{ shape: [...labels.shape, 1], data: labels.data }];
      },
    },
    {
      version: '0.12.1',
      parameters: DEEP_WATERSHED_PARAMETERS,
      run: (outputs, parameters) => [deepWatershed(outputs, toOptions(parameters))],
    },
  ],
};
