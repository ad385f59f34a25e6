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
