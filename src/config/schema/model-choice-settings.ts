import type { Setting } from '../setting.js';

/** Which models serve which kind of image, and how images are scaled for them. */
export const MODEL_CHOICE_SETTINGS = [
  {
    key: 'modelSettings.nuclear',
    env: ['NUCLEAR_MODEL'],
    type: 'model',
    default: 'NuclearSegmentation:0',
    defaultFor: { segmentation: 'NuclearSegmentation:6' },
    summary: 'Model for nuclei; with `onnx:bundled`, and for `run` without a model server, `nuclear-demo:1`.',
  },
  {
    key: 'modelSettings.phase',
    env: ['PHASE_MODEL'],
    type: 'model',
    default: 'PhaseCytoSegmentation:0',
    summary: 'Model for phase contrast.',
  },
  {
    key: 'modelSettings.cytoplasm',
    env: ['CYTOPLASM_MODEL'],
    type: 'model',
    default: 'FluoCytoSegmentation:0',
    defaultFor: { segmentation: 'CytoplasmSegmentation:5' },
    summary: 'Model for fluorescent cytoplasm.',
  },
  {
    key: 'modelSettings.multiplex',
    env: ['MULTIPLEX_MODEL'],
    type: 'model',
    default: 'MultiplexSegmentation:9',
    summary: 'Model for tissue of two channels, in jobs of the type `multiplex`.',
  },
  {
    key: 'modelSettings.mesmer',
    env: ['MESMER_MODEL'],
    type: 'model',
    defaultText: '`MULTIPLEX_MODEL`',
    summary: 'The same in jobs of the type `mesmer`.',
  },
  {
    key: 'modelSettings.compartment',
    env: ['MESMER_COMPARTMENT'],
    type: 'choice',
    choices: ['whole-cell', 'nuclear', 'both'],
    defaultText: "the model's metadata, else `whole-cell`",
    summary: 'What is labelled in tissue where neither the job nor the option `compartment` says.',
  },
  {
    key: 'modelSettings.spots.model',
    env: ['POLARIS_MODEL'],
    type: 'model',
    default: 'SpotDetection:3',
    summary: 'Model that finds spots.',
  },
  {
    key: 'modelSettings.spots.threshold',
    env: ['POLARIS_THRESHOLD'],
    type: 'number',
    default: 0.95,
    min: 0,
    max: 1,
    summary: 'Spots are more probable than this.',
  },
  {
    key: 'modelSettings.spots.clip',
    env: ['POLARIS_CLIP'],
    type: 'boolean',
    default: false,
    summary: 'Limit images of spots to their 0.01 and 99.9 percentiles first.',
  },
  {
    key: 'modelSettings.spots.scale',
    env: ['POLARIS_SCALE'],
    type: 'number',
    defaultText: '1',
    min: 0.001,
    summary: '`scale` of `spot` jobs that name none.',
  },
  {
    key: 'modelSettings.labelDetection.enabled',
    env: ['LABEL_DETECT_ENABLED'],
    type: 'boolean',
    default: false,
    summary: 'Ask a model what kind of image it is where the job does not say.',
  },
  {
    key: 'modelSettings.labelDetection.model',
    env: ['LABEL_DETECT_MODEL'],
    type: 'model',
    default: 'LabelDetection:1',
    summary: 'The model that is asked.',
  },
  {
    key: 'modelSettings.scaleDetection.enabled',
    env: ['SCALE_DETECT_ENABLED'],
    type: 'boolean',
    default: false,
    summary: "Ask a model for the image's scale where the job does not say.",
  },
  {
    key: 'modelSettings.scaleDetection.model',
    env: ['SCALE_DETECT_MODEL'],
    type: 'model',
    default: 'ScaleDetection:1',
    summary: 'The model that is asked.',
  },
  {
    key: 'modelSettings.maxScale',
    env: ['MAX_SCALE'],
    type: 'number',
    default: 3,
    min: 0.001,
    summary: 'Largest `scale` of a job.',
  },
  {
    key: 'modelSettings.minScale',
    env: ['MIN_SCALE'],
    type: 'number',
    defaultText: '1 / `MAX_SCALE`',
    min: 0.001,
    summary: 'Smallest `scale` of a job.',
  },
  ...(['nuclear', 'phase', 'cytoplasm'] as const).flatMap((kind) => [
    functionSetting(kind, 'preprocess'),
    functionSetting(kind, 'postprocess'),
  ]),
] as const satisfies readonly Setting[];

function functionSetting(kind: 'nuclear' | 'phase' | 'cytoplasm', step: 'preprocess' | 'postprocess') {
  return {
    key: `modelSettings.functions.${kind}.${step}`,
    env: [`${kind.toUpperCase()}_${step.toUpperCase()}`],
    type: 'text',
    defaultText: "the model's metadata, else the type's",
    summary: `Functions, separated by commas, ${step === 'preprocess' ? 'before' : 'after'} the ${kind} model.`,
  } as const;
}
