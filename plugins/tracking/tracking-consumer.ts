import { rm } from 'node:fs/promises';
import {
  cellFeatures,
  encodeCells,
  field,
  ImageModelConsumer,
  inParallel,
  pairScorer,
  parseModelId,
  trackWithModel,
  type ChildJob,
  type FeatureSizes,
  type ImageLimits,
  type Job,
  type JobFields,
  type LabelArray,
  type ModelDescription,
  type OptionSpecs,
  type Tensor,
  type Tracking,
  type TrackOptions,
  type WaitForChildren,
  type ZipEntry,
} from 'kiosk-consumer';
import { filmStem, frameKey, frameName } from './frame-names.js';
import type { GatherRequest } from './kernels/gather-labels.js';
import type { ReadFilm, ReadFilmRequest } from './kernels/read-film.js';
import type { SaveRequest } from './kernels/save.js';
import type { Film, SplitRequest } from './kernels/split-frames.js';
import type { TrackRequest } from './kernels/track.js';

const BATCH = 16;
const TRANSFERS = 4;
const FILMS = /\.(trks?|tiff?)$/iu;
const TRACK_FILES = /\.trks?$/iu;

/** (cells or pairs, frames or cells, rows, columns, channels). */
const PICTURES_RANK = 5;

const TRACKING_OPTIONS = {
  maxFrames: { type: 'integer', min: 1, default: 1000, summary: 'most frames of a film' },
  maxDistancePx: {
    type: 'number',
    min: 1,
    unit: 'px',
    summary: 'farthest way of a cell from frame to frame. Default: from the film',
  },
  maxGapFrames: { type: 'integer', min: 0, default: 2, summary: 'frames for which a cell may be missing' },
  divisions: { type: 'boolean', default: true, summary: 'whether cells may divide' },
  trk: { type: 'boolean', default: false, summary: 'add the tracks as .trk' },
  ctc: { type: 'boolean', default: false, summary: 'add the tracks as the Cell Tracking Challenge writes them' },
} as const satisfies OptionSpecs;

/**
 * Types `tracking` and `caliban`: the frames of a film are labelled by jobs of their own, then cells are followed from frame to frame,
 * by models if settings name some, else by linear assignment. A .trk or .trks file brings its labels along.
 */
export class TrackingConsumer extends ImageModelConsumer {
  static override readonly summary = 'cells followed through a film, with their divisions';
  static override readonly options = TRACKING_OPTIONS;

  override accepts(job: Job): boolean {
    return FILMS.test(field(job, 'input_file_name') ?? '');
  }

  async consume(job: Job): Promise<JobFields | WaitForChildren> {
    const started = { status: 'started', identity_started: this.context.host, progress: '0' };
    const file = await this.whileWriting(job, started, () => this.stage('download', () => this.download(job)));
    if (TRACK_FILES.test(file)) return await this.#follow(job, await this.#readFilm({ file }));
    const film = await this.#split(file, undefined);
    const [frames] = film.shape;
    const { total = 0, done = 0, failed = 0, gone = 0 } = this.children ?? {};
    if (total < frames) return await this.#sendFrames(job, file);
    if (done + failed + gone < total) return this.waitForChildren({ status: 'started' });
    const labels = await this.stage('postprocess', () => this.#gather(job, film));
    return await this.#follow(job, await this.#readFilm({ file, labels }));
  }

  /** A job for each frame; the same ones if this is done again after a crash. */
  async #sendFrames(job: Job, file: string): Promise<WaitForChildren> {
    const { files } = await this.#split(file, this.context.folder);
    for (let first = 0; first < files.length; first += BATCH) {
      const batch = files
        .slice(first, first + BATCH)
        .map((frame, i) => ({ frame, child: this.#childOf(job, first + i) }));
      await this.announceUploads(batch.map(({ child }) => child.fields!['input_file_name']!));
      await inParallel(TRANSFERS, batch, async ({ frame, child }) => {
        await this.upload(frame, child.fields!['input_file_name']);
        await rm(frame);
      });
      await this.addChildren(batch.map(({ child }) => child));
    }
    return this.waitForChildren({ status: 'started' });
  }

  #childOf(job: Job, frame: number): ChildJob {
    const { segmentationQueue } = this.context.settings;
    const scale = field(job, 'scale');
    return this.child(segmentationQueue, frameName(job, frame), {
      original_name: frameName(job, frame),
      input_file_name: frameKey(job, frame),
      channels: '0,,',
      dimension_order: 'XY',
      ...(scale === undefined ? {} : { scale }),
    });
  }

  async #split(file: string, folder: string | undefined): Promise<Film> {
    const request: SplitRequest = { file, limits: this.#limits, maxFrames: this.options.maxFrames as number, folder };
    return await this.compute<Film>(new URL('./kernels/split-frames.js', import.meta.url), request);
  }

  async #gather(job: Job, { shape }: Film): Promise<LabelArray> {
    const results = await this.childResults(['output_file_name'], 'none');
    const archives = await inParallel(TRANSFERS, results, ({ fields }) =>
      this.download(job, field({ ...job, fields }, 'output_file_name')),
    );
    const request: GatherRequest = { archives, folder: this.context.folder, shape: [...shape], limits: this.#limits };
    return await this.compute<LabelArray>(new URL('./kernels/gather-labels.js', import.meta.url), request);
  }

  async #readFilm(source: Pick<ReadFilmRequest, 'file' | 'labels'>): Promise<ReadFilm> {
    const { driftCorrection } = this.context.settings.modelSettings.tracking;
    const request: ReadFilmRequest = { ...source, limits: this.#limits, driftCorrection };
    return await this.stage('preprocess', () =>
      this.compute<ReadFilm>(new URL('./kernels/read-film.js', import.meta.url), request),
    );
  }

  async #follow(job: Job, film: ReadFilm): Promise<JobFields> {
    const { tracking: models } = this.context.settings.modelSettings;
    const follow = () =>
      models.model === undefined ? this.#byAssignment(film) : this.#byModel(job, models.model, film);
    const predicting = { status: 'predicting', download_time: this.seconds('download') };
    const tracking = await this.whileWriting(job, predicting, () => this.stage('prediction', follow));

    const request: SaveRequest = {
      tracking,
      name: filmStem(job),
      folder: this.context.folder,
      ctc: this.options.ctc === true,
      ...(this.options.trk === true ? { trk: { raw: film.raw, dtype: 'float32' } } : {}),
    };
    const saving = { status: 'saving-results', prediction_time: this.seconds('prediction') };
    const save = () =>
      this.stage('encode', () => this.compute<ZipEntry[]>(new URL('./kernels/save.js', import.meta.url), request));
    const archive = this.path('result.zip');
    await this.zip(await this.whileWriting(job, saving, save), archive);
    const { key, url } = await this.stage('upload', () => this.upload(archive));
    return {
      output_file_name: key,
      output_url: url,
      prediction_time: this.seconds('prediction'),
      upload_time: this.seconds('upload'),
      progress: '100',
      total_jobs: '1',
    };
  }

  async #byAssignment({ raw, labels }: ReadFilm): Promise<Tracking> {
    const { maxDistancePx, maxGapFrames, divisions } = this.options as TrackOptions;
    const options: TrackOptions = {
      ...(maxDistancePx === undefined ? {} : { maxDistancePx }),
      ...(maxGapFrames === undefined ? {} : { maxGapFrames }),
      ...(divisions === undefined ? {} : { divisions }),
    };
    const request: TrackRequest = { raw, labels, options };
    return await this.compute<Tracking>(new URL('./kernels/track.js', import.meta.url), request);
  }

  async #byModel(job: Job, name: string, { raw, labels }: ReadFilm): Promise<Tracking> {
    const { encoder } = this.context.settings.modelSettings.tracking;
    const model = await this.getModelMetadata(parseModelId(name));
    const shown = encoder === undefined ? model : await this.getModelMetadata(parseModelId(encoder));
    const features = cellFeatures(labels, raw, pictureSizes(shown));
    const tables = {
      ...features,
      ...(encoder === undefined ? {} : { embedding: await this.#encode(job, encoder, features) }),
    };
    const scorer = pairScorer({ inputs: model.inputs, predict: await this.#asks(job, name), tables });
    const maxGapFrames = this.options.maxGapFrames as number;
    return await trackWithModel(labels, features.film, scorer, { maxGapFrames, signal: job.signal });
  }

  async #encode(job: Job, name: string, features: ReturnType<typeof cellFeatures>) {
    const { inputs } = await this.getModelMetadata(parseModelId(name));
    return await encodeCells({ inputs, predict: await this.#asks(job, name), features });
  }

  async #asks(job: Job, name: string) {
    const client = await this.getPredictClient();
    const id = parseModelId(name);
    return async (inputs: Readonly<Record<string, Tensor>>) => {
      this.context.progress();
      return await client.predict(id, inputs, { signal: job.signal, onWait: this.context.waiting });
    };
  }

  get #limits(): ImageLimits {
    return this.context.settings.limits;
  }
}

/** Sides of the pictures that a model takes: of a cell first, then of its neighbourhood, each for the track and the candidate. */
function pictureSizes({ inputs }: ModelDescription): FeatureSizes {
  const sides = inputs.filter(({ shape }) => shape.length === PICTURES_RANK).map(({ shape }) => shape[2]!);
  return { appearancePx: sides[0] ?? 0, neighbourhoodPx: sides[2] ?? 0 };
}
