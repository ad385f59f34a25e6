import {
  channelPositions,
  chooseModel,
  field,
  KioskError,
  SEGMENTING_OPTIONS,
  SegmentingConsumer,
  type Job,
  type JobFields,
  type OptionSpecs,
  type Pass,
} from 'kiosk-consumer';

/** What the two channels of the image are, in the order in which models take them. */
const CHANNEL_NAMES = ['nuclei', 'cytoplasm or membranes'] as const;

export const TISSUE_OPTIONS = {
  ...SEGMENTING_OPTIONS,
  compartment: {
    type: 'string',
    choices: ['whole-cell', 'nuclear', 'both'],
    summary: 'what is labelled; what the job says wins. Default: MESMER_COMPARTMENT',
  },
} as const satisfies OptionSpecs;

/** Cells and nuclei in images of two channels: what the types `mesmer` and `multiplex` share. */
export abstract class TissueConsumer extends SegmentingConsumer {
  /** The model that settings name, `name:version`. */
  protected abstract get configuredModel(): string;

  async consume(job: Job): Promise<JobFields> {
    return await this.segment(job, (file) => this.#choosePass(job, file));
  }

  async #choosePass(job: Job, file: string): Promise<Pass> {
    const channels = tissueChannels(job);
    // Detection models look at one channel; nuclei are what images of all kinds have.
    const scale = await this.scaleOf(job, { file, channels: [channels?.[0] ?? 0] });
    const model = chooseModel(job, this.configuredModel);
    return { job, file, model, channels, channelNames: CHANNEL_NAMES, scale, parameters: this.#compartment(job) };
  }

  #compartment(job: Job): NonNullable<Pass['parameters']> {
    const asked = field(job, 'compartment');
    const preset = this.options.compartment ?? this.context.settings.modelSettings.compartment;
    return {
      asked: asked === undefined ? {} : { compartment: asked },
      preset: preset === undefined ? {} : { compartment: preset },
    };
  }
}

/**
 * The channels of nuclei and of cytoplasm or membranes, from the positions `nuc,cyto` of the field `channels`; undefined
 * if it is empty: then the image must have just these two. Further positions may be there if they are empty.
 * @throws {KioskError} `KC_JOB_INVALID` for any other number of channels
 */
function tissueChannels(job: Job): readonly number[] | undefined {
  const positions = channelPositions(job);
  if (positions === undefined) return undefined;
  const [nuclei, cytoplasm, ...others] = positions;
  if (nuclei !== undefined && cytoplasm !== undefined && others.every((channel) => channel === undefined)) {
    return [nuclei, cytoplasm];
  }
  throw new KioskError(
    'KC_JOB_INVALID',
    `The field "channels" is "${field(job, 'channels')}"; two channels are needed: ${CHANNEL_NAMES.join(', ')}.`,
    { hint: 'Write for instance 0,1 for nuclei in the first channel and membranes in the second.' },
  );
}
