import type { JobFields } from '../broker/contract.js';
import type { ZipEntry } from '../images/archive/zip-write.js';
import type { ModelDescription } from '../models/contract.js';
import { field, type Job } from './job.js';
import { stemOf } from './jobs/archive-stem.js';
import { detectLabel, detectScale } from './jobs/detection.js';
import { positiveField } from './jobs/job-settings.js';
import { checkScale, scaleFromSizes } from './jobs/scale.js';
import type { Prepared, PrepareRequest } from './kernels/prepare-image.js';
import type { OptionSpecs } from './options.js';
import { TensorFlowServingConsumer, parseModelId } from './tensorflow-serving-consumer.js';
import { VOLUME_RANK } from './volume-rank.js';

/** A file that goes into the archive of a job. */
export interface ResultFile {
  /** What follows the image's name in the archive: `_feature_0.tif`. */
  readonly suffix: string;
  readonly file: string;
}

/** The part of a job's image that a detection model is shown. */
export type DetectionView = Pick<PrepareRequest, 'file' | 'channels'>;

/** Steps that consumers share which bring one image to a model, whatever they make of its answer. */
export abstract class ImageModelConsumer<
  Specs extends OptionSpecs = OptionSpecs,
> extends TensorFlowServingConsumer<Specs> {
  /** Reads, selects, scales and pre-processes in a thread. */
  protected async prepareImage(request: PrepareRequest): Promise<Prepared> {
    return await this.compute<Prepared>(new URL('./kernels/prepare-image.js', import.meta.url), request);
  }

  /** The scale that the job names, else what the scale detection model says, if it is switched on. */
  protected async scaleOf(job: Job, view: DetectionView): Promise<number | undefined> {
    const setting = this.context.settings.modelSettings.scaleDetection;
    return positiveField(job, 'scale') ?? (await this.#detected(job, setting, detectScale, view));
  }

  /** What the label detection model says of the image, if it is switched on. */
  protected async detectedLabel(job: Job, view: DetectionView): Promise<number | undefined> {
    return await this.#detected(job, this.context.settings.modelSettings.labelDetection, detectLabel, view);
  }

  /**
   * The factor by which the image is enlarged: what is given, else from the sizes that job and options name and the model
   * knows, else `fallback`.
   * @throws {KioskError} `KC_JOB_INVALID` if it is out of bounds, or the model's card does not know sizes
   */
  protected finalScale(job: Job, { card }: ModelDescription, given: number | undefined, fallback = 1): number {
    const sizes = {
      diameterPx: positiveField(job, 'nucleus_diameter_px') ?? (this.options.nucleusDiameterPx as number | undefined),
      pixelSizeUm: positiveField(job, 'pixel_size_um') ?? (this.options.pixelSizeUm as number | undefined),
    };
    return checkScale(given ?? scaleFromSizes(sizes, card) ?? fallback, this.context.settings.modelSettings);
  }

  /** Packs and uploads the archive; the fields of a job that is done. */
  protected async publish(job: Job, files: readonly ResultFile[]): Promise<JobFields> {
    const archive = this.path('result.zip');
    const stem = stemOf(job);
    const entries: ZipEntry[] = files.map(({ suffix, file }) => ({ name: `${stem}${suffix}`, file }));
    await this.stage('zip', () => this.zip(entries, archive));
    const { key, url } = await this.stage('upload', () => this.upload(archive));
    return {
      output_file_name: key,
      output_url: url,
      download_time: this.seconds('download'),
      preprocess_time: this.seconds('preprocess'),
      prediction_time: this.seconds('prediction'),
      postprocess_time: this.seconds('postprocess'),
      upload_time: this.seconds('upload'),
      total_jobs: '1',
    };
  }

  /** Value of the field `dim_order`: the axes of each input of a model, for viewers. */
  protected dimOrderOf({ inputs }: ModelDescription): string {
    return inputs.map(({ shape }) => (shape.length === VOLUME_RANK ? 'ZYXC' : 'YXC')).join(',');
  }

  async #detected(
    job: Job,
    setting: { readonly enabled: boolean; readonly model: string },
    detect: typeof detectScale,
    view: DetectionView,
  ): Promise<number | undefined> {
    if (!setting.enabled) return undefined;
    const { settings } = this.context;
    const raw = { ...view, limits: settings.limits, dimensionOrder: field(job, 'dimension_order') };
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
