import { histogramNormalization, histogramNormalizationV061 } from '../exposure/histogram-normalization.js';
import { multiplexPreprocess } from '../exposure/multiplex-preprocess.js';
import { normalize, normalizeV061 } from '../exposure/normalize.js';
import { percentileThreshold } from '../exposure/percentile-threshold.js';
import { quantileNormalize } from '../exposure/quantile-normalize.js';
import { minMaxNormalize } from '../spots/min-max-normalize.js';
import { flag, number, pixels } from './common-parameters.js';
import type { PreprocessRun, ProcessingFunction } from './processing-function.js';
import { toOptions } from './to-options.js';
import { planeByPlane, wholeVolume } from './volumes.js';

const PERCENT = { unit: '%', minimum: 0, maximum: 100 };
const KERNEL = { minimum: 1, nullable: true };

/** What may be done to an image before it goes to a model. */
export const PREPROCESS_FUNCTIONS: readonly ProcessingFunction<PreprocessRun>[] = [
  {
    name: 'normalize',
    aliases: [],
    summary: 'Each channel to mean 0 and standard deviation 1.',
    variants: [
      { version: '0.6.1', parameters: [], run: (image) => normalizeV061(image) },
      {
        version: '0.12.1',
        parameters: [number('epsilon', 1e-7, 'added to the standard deviation', { minimum: 0 })],
        run: (image, parameters) => normalize(image, toOptions(parameters)),
      },
    ],
  },
  {
    name: 'histogram_normalization',
    aliases: ['phase_preprocess'],
    summary: 'Contrast-limited adaptive histogram equalisation of each channel, to 0 … 1.',
    variants: [
      {
        version: '0.6.1',
        parameters: [pixels('kernel_size', 64, 'size of the regions', { minimum: 1 })],
        run: planeByPlane((image, parameters) => histogramNormalizationV061(image, toOptions(parameters))),
      },
      {
        version: '0.12.1',
        parameters: [pixels('kernel_size', null, 'size of the regions; none: an eighth of the image', KERNEL)],
        run: planeByPlane((image, parameters) => histogramNormalization(image, toOptions(parameters))),
      },
    ],
  },
  {
    name: 'multiplex_preprocess',
    aliases: ['mesmer_preprocess'],
    summary: 'Bright pixels clipped to a percentile, then histogram normalisation.',
    variants: [
      {
        parameters: [
          flag('threshold', true, 'clip bright pixels'),
          number('percentile', 99.9, 'of the non-zero pixels, to which brighter ones are clipped', PERCENT),
          flag('normalize', true, 'normalise the histogram'),
          pixels('kernel_size', 128, 'size of the regions; none: an eighth of the image', KERNEL),
        ],
        // Here none is a choice of its own, not the default.
        run: planeByPlane((image, parameters) =>
          multiplexPreprocess(image, {
            ...toOptions(parameters),
            kernelSize: parameters['kernel_size'] as number | null | undefined,
          }),
        ),
      },
    ],
  },
  {
    name: 'percentile_threshold',
    aliases: [],
    summary: 'Pixels above a percentile of the non-zero ones become that percentile.',
    variants: [
      {
        parameters: [number('percentile', 99.9, 'of the non-zero pixels of a channel', PERCENT)],
        run: (image, parameters) => percentileThreshold(image, toOptions(parameters)),
      },
    ],
  },
  {
    name: 'quantile_normalize',
    aliases: [],
    summary: 'Each channel stretched so that a low quantile is 0 and a high one 1.',
    variants: [
      {
        parameters: [
          number('low', 0.01, 'quantile that becomes 0', { minimum: 0, maximum: 1 }),
          number('high', 0.998, 'quantile that becomes 1', { minimum: 0, maximum: 1 }),
          number('epsilon', 1e-6, 'least difference of the quantiles', { minimum: 0 }),
          pixels('step', 2, 'quantiles are taken of every step-th pixel of every step-th row', { minimum: 1 }),
        ],
        run: wholeVolume((image, parameters) => quantileNormalize(image, toOptions(parameters))),
      },
    ],
  },
  {
    name: 'min_max_normalize',
    aliases: [],
    summary: 'Each channel stretched to 0 … 1.',
    variants: [
      {
        parameters: [flag('clip', false, 'limit to the 0.01 and 99.9 percentiles first')],
        run: wholeVolume((image, parameters) => minMaxNormalize(image, toOptions(parameters))),
      },
    ],
  },
  { name: 'none', aliases: [], summary: 'The image as it is.', variants: [{ parameters: [], run: (image) => image }] },
];
