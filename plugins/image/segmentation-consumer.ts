import {
  channelPositions,
  chooseModel,
  KioskError,
  positiveField,
  SEGMENTING_OPTIONS,
  SegmentingConsumer,
  type GenerationTraits,
  type Job,
  type JobFields,
  type SavedFile,
} from 'kiosk-consumer';

/** What each position of the field `channels` stands for in jobs of this type. */
const CHANNEL_KINDS = ['nuclear', 'cytoplasm', 'phase'] as const;

/**
 * Type `segmentation`: the Kiosk's segmentation consumer of 2023. Each channel that the job names by position goes to its
 * own model; results `<name>_batch_<b>_feature_<c>.tif`; behaviour of the functions as in 0.12.1.
 */
export class SegmentationConsumer extends SegmentingConsumer {
  static override readonly summary = 'labels for each channel named by position: nuclear, cytoplasm, phase';
  static override readonly options = SEGMENTING_OPTIONS;
  static override readonly defaultQueue = 'predict';

  protected readonly traits: GenerationTraits = {
    generation: '0.12.1',
    preprocess: 'histogram_normalization',
    postprocess: 'deep_watershed',
    interpolation: 'linear',
    layout: 'planes',
    tellsPostprocessing: false,
  };

  async consume(job: Job): Promise<JobFields> {
    await this.updateKey(job, { status: 'started', identity_started: this.context.host });
    const file = await this.stage('download', () => this.download(job));
    await this.updateKey(job, { status: 'pre-processing', download_time: this.seconds('download') });
    // Without a word about channels the first one holds nuclei.
    const positions = channelPositions(job) ?? [0];
    checkPositions(positions);
    const files: SavedFile[] = [];
    for (const [position, kind] of CHANNEL_KINDS.entries()) {
      const channel = positions[position];
      if (channel === undefined) continue;
      const feature = (files.at(-1)?.feature ?? -1) + 1;
      files.push(...(await this.#segmentChannel(job, { file, kind, channel, feature })));
    }
    await this.updateKey(job, { status: 'saving-results', postprocess_time: this.seconds('postprocess') });
    return await this.publish(job, files);
  }

  async #segmentChannel(
    job: Job,
    {
      file,
      kind,
      channel,
      feature,
    }: { file: string; kind: (typeof CHANNEL_KINDS)[number]; channel: number; feature: number },
  ): Promise<SavedFile[]> {
    const model = chooseModel(job, this.context.settings.modelSettings[kind]);
    const planned = await this.plan({
      job,
      file,
      model,
      kind,
      channels: [channel],
      scale: positiveField(job, 'scale'),
    });
    const prepared = await this.stage('preprocess', () => this.prepareImage(planned.prepare));
    await this.updateKey(job, { status: 'predicting' });
    const heads = await this.stage('prediction', () => this.predict(planned, prepared));
    const results = await this.stage('postprocess', () => this.finish(planned, heads, prepared));
    return await this.stage('encode', () => this.save(results, feature));
  }
}

function checkPositions(positions: readonly (number | undefined)[]): void {
  const used = positions
    .map((channel, position) => (channel === undefined ? -1 : position))
    .filter((position) => position >= 0);
  if (used.length > 0 && used.every((position) => position < CHANNEL_KINDS.length)) return;
  const found = used.length === 0 ? 'names no channel' : `names a channel at position ${used.at(-1)! + 1}`;
  throw new KioskError(
    'KC_JOB_INVALID',
    `The field "channels" ${found}; its positions are ${CHANNEL_KINDS.join(', ')}.`,
    {
      hint: 'Write for instance 0 for nuclei in the first channel, or 0,1 with cytoplasm in the second.',
    },
  );
}
