import {
  channelPositions,
  chooseFunctions,
  chooseModel,
  field,
  ImageModelConsumer,
  KioskError,
  resolveSteps,
  type Job,
  type JobFields,
  type ModelDescription,
  type ModelId,
  type OptionSpecs,
  type PointList,
  type PrepareRequest,
  type ResultFile,
} from 'kiosk-consumer';
import type { FindRequest } from './kernels/find-spots.js';
import type { SaveSpotsRequest } from './kernels/save-spots.js';
import { chooseSelection, MODES, type Selection } from './selection.js';

const SPOT_OPTIONS = {
  mode: { type: 'string', choices: MODES, summary: 'how spots are read from the maps of the model' },
  threshold: {
    type: 'number',
    min: 0,
    max: 1,
    summary: 'spots are more probable than this. Default: POLARIS_THRESHOLD',
  },
  minDistancePx: {
    type: 'integer',
    min: 1,
    unit: 'px',
    summary: 'mode max: least distance of spots from each other and from the border',
  },
  clip: { type: 'boolean', summary: 'limit the image to its 0.01 and 99.9 percentiles first. Default: POLARIS_CLIP' },
  csv: { type: 'boolean', default: false, summary: 'add the positions as CSV' },
  preprocess: { type: 'string', summary: 'pre-processing functions, comma list; what the job says wins' },
  preprocessOptions: { type: 'object', summary: 'parameters of the pre-processing functions' },
  pixelSizeUm: {
    type: 'number',
    min: 1e-4,
    unit: 'µm',
    summary: 'pixel size of the images; scales them to that of the model',
  },
} as const satisfies OptionSpecs;

/** A job as far as it is known before a pixel is read. */
interface SpotPlan {
  readonly id: ModelId;
  readonly model: ModelDescription;
  readonly prepare: PrepareRequest;
  readonly selection: Selection;
}

/** Type `spot`: the Kiosk's spot consumer of 2023. Results `<name>_<b>.tif` (a picture) and `<name>_<b>.npy`. */
export class SpotConsumer extends ImageModelConsumer {
  static override readonly summary = 'positions of fluorescent spots';
  static override readonly options = SPOT_OPTIONS;

  async consume(job: Job): Promise<JobFields> {
    const started = { status: 'started', identity_started: this.context.host };
    const file = await this.whileWriting(job, started, () => this.stage('download', () => this.download(job)));

    const preparing = { status: 'pre-processing', download_time: this.seconds('download') };
    const { plan, image, size } = await this.whileWriting(job, preparing, async () => {
      const made = await this.#plan(job, file);
      return { plan: made, ...(await this.stage('preprocess', () => this.prepareImage(made.prepare))) };
    });

    const scale = field(job, 'scale') === undefined ? { scale: String(plan.prepare.scale) } : {};
    const predicting = { status: 'predicting', dim_order: this.dimOrderOf(plan.model), ...scale };
    const predict = () => this.stage('prediction', () => this.grpcImage(image, plan.id));
    const heads = await this.whileWriting(job, predicting, predict);
    const spots = await this.stage('postprocess', () => this.#find({ heads, selection: plan.selection, size }));

    const saving = { status: 'saving-results', postprocess_time: this.seconds('postprocess') };
    const save = () => this.stage('encode', () => this.#save(spots, plan.prepare));
    return await this.publish(job, await this.whileWriting(job, saving, save));
  }

  async #plan(job: Job, file: string): Promise<SpotPlan> {
    const { settings, functions } = this.context;
    const { spots } = settings.modelSettings;
    const channels = spotChannel(job);
    const selection = chooseSelection(job, this.options, settings);
    const id = chooseModel(job, spots.model);
    const model = await this.getModelMetadata(id);
    const preset = this.options.clip === undefined && !spots.clip ? {} : { clip: this.options.clip ?? spots.clip };
    const sources = { job, options: this.options, variable: undefined, card: model.card, preset };
    const chosen = chooseFunctions('preprocess', { ...sources, fallback: 'min_max_normalize' });
    const optional = Object.keys(preset);
    const steps = resolveSteps({ kind: 'preprocess', generation: '0.12.1', ...chosen, optional }, functions);
    const given = await this.scaleOf(job, { file, channels: channels ?? [0] });
    const prepare: PrepareRequest = {
      file,
      limits: settings.limits,
      dimensionOrder: field(job, 'dimension_order'),
      channels,
      channelNames: ['spots'],
      scale: this.finalScale(job, model, given, spots.scale),
      interpolation: 'linear',
      steps,
    };
    return { id, model, prepare, selection };
  }

  async #find(request: FindRequest): Promise<PointList[]> {
    const transfer = request.heads.map((head) => head.data.buffer as ArrayBuffer);
    const kernel = new URL('./kernels/find-spots.js', import.meta.url);
    return await this.compute<PointList[]>(kernel, request, { transfer });
  }

  async #save(spots: readonly PointList[], image: SaveSpotsRequest['image']): Promise<ResultFile[]> {
    const request: SaveSpotsRequest = { spots, image, csv: this.options.csv === true, folder: this.context.folder };
    return await this.compute<ResultFile[]>(new URL('./kernels/save-spots.js', import.meta.url), request);
  }
}

/**
 * The channel of the spots: the first position of `channels`. Further positions are those of cells in jobs of several
 * parts, and are passed over.
 * @throws {KioskError} `KC_JOB_INVALID` if there are channels, but none of spots
 */
function spotChannel(job: Job): readonly number[] | undefined {
  const positions = channelPositions(job);
  if (positions === undefined) return undefined;
  const [spots] = positions;
  if (spots !== undefined) return [spots];
  throw new KioskError(
    'KC_JOB_INVALID',
    `The field "channels" is "${field(job, 'channels')}"; its first position, that of the spots, is empty.`,
    { hint: 'Write for instance 0 for spots in the first channel.' },
  );
}
