import {
  channelPositions,
  chooseModel,
  field,
  KioskError,
  SEGMENTING_OPTIONS,
  SegmentingConsumer,
  type GenerationTraits,
  type Job,
  type JobFields,
  type Pass,
} from 'kiosk-consumer';

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
    tellsPostprocessing: true,
  };

  async consume(job: Job): Promise<JobFields> {
    return await this.segment(job, (file) => this.#choosePass(job, file));
  }

  async #choosePass(job: Job, file: string): Promise<Pass> {
    const channels = channelPositions(job)?.filter((channel) => channel !== undefined);
    const scale = await this.scaleOf(job, { file, channels });
    const label = labelCode(job) ?? (await this.detectedLabel(job, { file, channels }));
    if (label !== undefined && field(job, 'label') === undefined) await this.updateKey(job, { label: String(label) });
    const kind = LABEL_KINDS[label ?? 0];
    if (kind === undefined) throw unknownLabel(String(label));
    return { job, file, model: chooseModel(job, this.context.settings.modelSettings[kind]), kind, channels, scale };
  }
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
