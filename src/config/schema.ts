import { BROKER_PARTS, BROKER_SETTINGS } from './schema/broker-settings.js';
import { MODEL_CHOICE_SETTINGS } from './schema/model-choice-settings.js';
import { MODELS_PARTS, MODELS_SETTINGS } from './schema/models-settings.js';
import { STORAGE_PARTS, STORAGE_SETTINGS } from './schema/storage-settings.js';
import { HEALTH_SETTINGS, LIMIT_SETTINGS, LOGGING_SETTINGS, WORKER_SETTINGS } from './schema/worker-settings.js';
import type { Setting } from './setting.js';

/**
 * Every setting there is, in the order in which they are documented. Loading, checking, `config print` and
 * `docs/settings.md` all work from this table.
 */
export const SETTINGS: readonly Setting[] = [
  ...WORKER_SETTINGS,
  ...BROKER_SETTINGS,
  ...STORAGE_SETTINGS,
  ...MODELS_SETTINGS,
  ...MODEL_CHOICE_SETTINGS,
  ...LIMIT_SETTINGS,
  ...LOGGING_SETTINGS,
  ...HEALTH_SETTINGS,
];

/** Variables of the original that together make the address of one port, where the port's own setting is absent. */
export const PORT_PARTS = {
  broker: BROKER_PARTS,
  storage: STORAGE_PARTS,
  models: MODELS_PARTS,
} as const satisfies Record<string, readonly Setting[]>;

export type PortName = keyof typeof PORT_PARTS;
export const PORT_NAMES = Object.keys(PORT_PARTS) as readonly PortName[];

/** Variables of the original that have no effect here, with the reason. Set, they cause a warning. */
export const IGNORED_VARIABLES: Readonly<Record<string, string>> = {
  DO_NOTHING_TIMEOUT: 'no worker spins on jobs that it gives back',
  TF_TENSOR_DTYPE: "the model's metadata tells it",
  DP_HOST: 'data processing happens in the worker',
  DP_PORT: 'data processing happens in the worker',
  HASH_PREFIX: 'set QUEUE instead',
  CONSUMER_INTERVAL: 'set INTERVAL instead',
  MODEL_NAME: 'set NUCLEAR_MODEL and its likes instead',
  MODEL_VERSION: 'set NUCLEAR_MODEL and its likes instead',
  POSTPROCESS_FUNCTION: 'set NUCLEAR_POSTPROCESS and its likes instead',
  CUTS: 'images are tiled as the model asks',
  LABEL_RESHAPE_SIZE: 'images are tiled as the model asks',
  SCALE_RESHAPE_SIZE: 'images are tiled as the model asks',
  NUCLEAR_RESHAPE_SIZE: 'images are tiled as the model asks',
  PHASE_RESHAPE_SIZE: 'images are tiled as the model asks',
  CYTOPLASM_RESHAPE_SIZE: 'images are tiled as the model asks',
  LABEL_DETECT_SAMPLE: 'the whole image is looked at',
  SCALE_DETECT_SAMPLE: 'the whole image is looked at',
};
