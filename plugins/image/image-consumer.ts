import { field, KioskError, parseModelId, type Job, type JobFields } from 'kiosk-consumer';
import { detectLabel, detectScale, type DetectionRequest } from './detection.js';
import { channelPositions, chooseModel, positiveField } from './job-settings.js';
import {
  SEGMENTING_OPTIONS,
  SegmentingConsumer,
  type GenerationTraits,
  type Pass,
  type PlannedPass,
} from './segmenting-consumer.js';

/** What the codes of the field `label` stand for in jobs of this type. */
const LABEL_KINDS = ['nuclear', 'phase', 'cytoplasm'] as const;

/**
 * Type `image`: the Kiosk's image consumer of 2020. One model for the image, named in the hash or chosen by its label;
 * results `<name>_feature_<c>.tif`; behaviour of the functions as in 0.6.1.
 */
export class ImageConsumer extends SegmentingConsumer {
  static override readonly summary =
    'labels of one image: model and functions named in the job, by label, or by the model';
  static override readonly options = SEGMENTING_OPTIONS;
  static override readonly defaultQueue = 'predict';

  protected readonly traits: GenerationTraits = {
    generation: '0.6.1',
    preprocess: 'normalize',
    postprocess: 'deep_watershed',
    interpolation: 'nearest',
    layout: 'stack',
  };

  async consume(job: Job): Promise<JobFields> {
    const started = { status: 'started', identity_started: this.context.host };
    const file = await this.whileWriting(job, started, () => this.stage('download', () => this.download(job)));

    const preparing = { status: 'pre-processing', download_time: this.seconds('download') };
    const { planned, image, size } = await this.whileWriting(job, preparing, async () => {
      const plan = await this.plan(await this.#choosePass(job, file));
      return { planned: plan, ...(await this.stage('preprocess', () => this.prepareImage(plan.prepare))) };
    });

    const scale = writtenScale(job, planned);
    const predicting = { status: 'predicting', preprocess_time: this.seconds('preprocess'), ...scale };
    const predict = () => this.stage('prediction', () => this.grpcImage(image, planned.model));
    const heads = await this.whileWriting(job, predicting, predict);

    const finishing = { status: 'post-processing', prediction_time: this.seconds('prediction') };
    const finish = () => this.stage('postprocess', () => this.finish(planned, heads, size));
    const results = await this.whileWriting(job, finishing, finish);

    const saving = { status: 'saving-results', postprocess_time: this.seconds('postprocess') };
    const save = () => this.stage('encode', () => this.save(results, 0));
    return await this.publish(job, await this.whileWriting(job, saving, save));
  }

  async #choosePass(job: Job, file: string): Promise<Pass> {
    const { modelSettings } = this.context.settings;
    const channels = channelPositions(job)?.filter((channel) => channel !== undefined);
    const detection = { job, file, channels };
    const scale =
      positiveField(job, 'scale') ?? (await this.#detected(modelSettings.scaleDetection, detectScale, detection));
    const label = labelCode(job) ?? (await this.#detected(modelSettings.labelDetection, detectLabel, detection));
    if (label !== undefined && field(job, 'label') === undefined) await this.updateKey(job, { label: String(label) });
    const kind = LABEL_KINDS[label ?? 0];
    if (kind === undefined) throw unknownLabel(String(label));
    return { job, file, model: chooseModel(job, modelSettings[kind]), kind, channels, scale };
  }

  /** What a detection model says of the image, if it is switched on. */
  async #detected(
    setting: { readonly enabled: boolean; readonly model: string },
    detect: (request: DetectionRequest) => Promise<number>,
    { job, file, channels }: Pick<Pass, 'job' | 'file' | 'channels'>,
  ): Promise<number | undefined> {
    if (!setting.enabled) return undefined;
    const { settings } = this.context;
    const raw = { file, limits: settings.limits, dimensionOrder: field(job, 'dimension_order'), channels };
    const { image } = await this.prepareImage({ ...raw, scale: 1, interpolation: 'nearest', steps: [] });
    return await detect({
      client: await this.getPredictClient(),
      model: await this.getModelMetadata(parseModelId(setting.model)),
      image,
      settings,
      predict: { signal: job.signal, onWait: this.context.waiting },
    });
  }
}

/** The scale that was used goes into the hash where the submitter left it open. */
function writtenScale(job: Job, planned: PlannedPass): JobFields {
  return field(job, 'scale') === undefined ? { scale: String(planned.prepare.scale) } : {};
}

function labelCode(job: Job): number | undefined {
  const text = field(job, 'label');
  if (text === undefined) return undefined;
  if (/^[012]$/.test(text)) return Number(text);
  throw unknownLabel(text);
}

function unknownLabel(found: string): KioskError {
  return new KioskError(
    'KC_JOB_INVALID',
    `The label of the image is "${found}"; 0 nuclear, 1 phase and 2 cytoplasm are accepted.`,
    {
      hint: 'Correct the field "label", or leave it empty.',
    },
  );
}
