import {
  checkParameters,
  jsonField,
  type ConsumerSettings,
  type Job,
  type OptionValues,
  type Parameter,
} from 'kiosk-consumer';

/** How spots are read from the maps of a model. */
export const MODES = ['max', 'cc', 'restrictive', 'all'] as const;

/** What decides which pixels are spots. */
export interface Selection {
  readonly mode: (typeof MODES)[number];
  /** Spots are more probable than this, 0 … 1. */
  readonly threshold: number;
  /** `max` only: least distance of spots from each other and from the border, in pixels of the scaled image. */
  readonly minDistance: number;
}

const PARAMETERS: readonly Parameter[] = [
  { name: 'mode', type: 'string', default: 'max', values: MODES, summary: 'how spots are read from the maps' },
  {
    name: 'threshold',
    type: 'number',
    default: 0.95,
    minimum: 0,
    maximum: 1,
    summary: 'spots are more probable than this',
  },
  {
    name: 'min_distance',
    type: 'integer',
    default: 1,
    unit: 'px',
    minimum: 1,
    maximum: 1000,
    summary: 'max only: least distance of spots from each other and from the border',
  },
];

/**
 * The selection of a job: its `postprocess_options`, else the options of the type, else the settings.
 * @throws {KioskError} `KC_JOB_INVALID` naming the parameter, its value and what is accepted
 */
export function chooseSelection(
  job: Job,
  options: OptionValues,
  { modelSettings }: Pick<ConsumerSettings, 'modelSettings'>,
): Selection {
  const { mode, min_distance, threshold } = checkParameters(
    { id: 'spot', parameters: PARAMETERS },
    {
      mode: options.mode,
      threshold: options.threshold ?? modelSettings.spots.threshold,
      min_distance: options.minDistancePx,
      ...jsonField(job, 'postprocess_options'),
    },
  );
  return { mode: mode as Selection['mode'], threshold: threshold as number, minDistance: min_distance as number };
}
