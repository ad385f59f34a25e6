import {
  field,
  OUTPUTS,
  resolveSteps,
  TensorFlowServingConsumer,
  type FloatArray,
  type Job,
  type JobFields,
  type ModelId,
  type NdArray,
  type OptionsOf,
  type OptionSpecs,
  type ZipEntry,
} from 'kiosk-consumer';
import { chooseOutputs, packOf, type PassRecord } from './extra-outputs.js';
import { chooseFunctions, positiveField, type Generation } from './job-settings.js';
import type { FinishRequest } from './kernels/finish.js';
import type { Prepared, PrepareRequest } from './kernels/prepare.js';
import type { SavedFile, SaveRequest } from './kernels/save.js';
import { checkScale, scaleFromSizes } from './scale.js';

/** What both generations can be given. */
export const SEGMENTING_OPTIONS = {
  preprocess: { type: 'string', summary: 'pre-processing functions, comma list; what the job says wins' },
  postprocess: { type: 'string', summary: 'post-processing functions, comma list; what the job says wins' },
  preprocessOptions: { type: 'object', summary: 'parameters of the pre-processing functions' },
  postprocessOptions: { type: 'object', summary: 'parameters of the post-processing functions' },
  generation: {
    type: 'string',
    choices: ['0.6.1', '0.12.1'],
    summary: 'behaviour meant by a bare name of a versioned function',
  },
  nucleusDiameterPx: {
    type: 'number',
    min: 1,
    unit: 'px',
    summary: 'diameter of the nuclei in the images; scales them to what the model knows',
  },
  pixelSizeUm: {
    type: 'number',
    min: 1e-4,
    unit: 'µm',
    summary: 'pixel size of the images; scales them to that of the model',
  },
  outputs: {
    type: 'string',
    list: true,
    choices: OUTPUTS,
    summary: 'files for people that are added to the archive, comma list; what the job says wins',
  },
} as const satisfies OptionSpecs;

export type SegmentingOptions = OptionsOf<typeof SEGMENTING_OPTIONS>;

/** What one pass of an image through a model needs. */
export interface Pass {
  readonly job: Job;
  readonly file: string;
  readonly model: ModelId;
  /** For variables such as `NUCLEAR_PREPROCESS`. */
  readonly kind: 'nuclear' | 'phase' | 'cytoplasm';
  readonly channels: readonly number[] | undefined;
  /** What the job or its detection says; undefined: from the sizes given, else 1. */
  readonly scale: number | undefined;
}

/** What the two generations of the consumer do differently. */
export interface GenerationTraits {
  readonly generation: Generation;
  readonly preprocess: string;
  readonly postprocess: string;
  readonly interpolation: PrepareRequest['interpolation'];
  readonly layout: SaveRequest['layout'];
}

/** An image planned for a model: what the threads need to know. */
export interface PlannedPass {
  readonly prepare: PrepareRequest;
  readonly postprocess: FinishRequest['steps'];
  readonly model: ModelId;
}

/** The steps that both generations share: plan, prepare, predict, finish, pack. */
export abstract class SegmentingConsumer extends TensorFlowServingConsumer<typeof SEGMENTING_OPTIONS> {
  protected abstract readonly traits: GenerationTraits;

  /** The passes of this job, for its provenance. */
  readonly #passes: PassRecord[] = [];

  /** Everything about a pass that can be refused before a pixel is read. */
  protected async plan(pass: Pass): Promise<PlannedPass> {
    const { job, model } = pass;
    chooseOutputs(job, this.options);
    const { card, id } = await this.getModelMetadata(model);
    const { modelSettings, limits } = this.context.settings;
    const sources = { job, options: this.options, card };
    const generation = this.options.generation ?? this.traits.generation;
    const variables = modelSettings.functions[pass.kind];
    const before = chooseFunctions('preprocess', {
      ...sources,
      variable: variables.preprocess,
      fallback: this.traits.preprocess,
    });
    const after = chooseFunctions('postprocess', {
      ...sources,
      variable: variables.postprocess,
      fallback: this.traits.postprocess,
    });
    const { functions } = this.context;
    const scaled = pass.scale ?? scaleFromSizes(this.#sizes(job), card);
    const planned: PlannedPass = {
      model,
      postprocess: resolveSteps({ kind: 'postprocess', generation, ...after }, functions),
      prepare: {
        file: pass.file,
        limits,
        dimensionOrder: field(job, 'dimension_order'),
        channels: pass.channels,
        scale: checkScale(scaled ?? 1, modelSettings),
        // Who gives a size rather than the Kiosk's factor wants the best image, not the Kiosk's pixels.
        interpolation: pass.scale === undefined ? 'linear' : this.traits.interpolation,
        steps: resolveSteps({ kind: 'preprocess', generation, ...before }, functions),
      },
    };
    this.#passes.push({ kind: pass.kind, model: id, planned });
    return planned;
  }

  /** Reads, selects, scales and pre-processes in a thread. */
  protected async prepareImage(request: PrepareRequest): Promise<Prepared> {
    return await this.compute<Prepared>(new URL('./kernels/prepare.js', import.meta.url), request);
  }

  /** @returns label planes, each (batch, rows, columns, channels), of the image's own size */
  protected async finish(planned: PlannedPass, heads: FloatArray[], size: Prepared['size']): Promise<NdArray[]> {
    const request: FinishRequest = { heads, steps: planned.postprocess, size };
    const transfer = heads.map((head) => head.data.buffer as ArrayBuffer);
    return await this.compute<NdArray[]>(new URL('./kernels/finish.js', import.meta.url), request, { transfer });
  }

  /** Writes results as the TIFF files of the archive; `firstFeature` is the number of the first channel. */
  protected async save(results: readonly NdArray[], firstFeature: number): Promise<SavedFile[]> {
    const request: SaveRequest = { results, layout: this.traits.layout, firstFeature, folder: this.context.folder };
    const transfer = results.map((result) => result.data.buffer as ArrayBuffer);
    return await this.compute<SavedFile[]>(new URL('./kernels/save.js', import.meta.url), request, { transfer });
  }

  /** Packs and uploads the archive; the fields of a job that is done. */
  protected async publish(job: Job, files: readonly SavedFile[]): Promise<JobFields> {
    const archive = this.path('result.zip');
    const stem = archiveStem(field(job, 'original_name') ?? field(job, 'input_file_name') ?? 'image');
    const entries: ZipEntry[] = files.map(({ suffix, file }) => ({ name: `${stem}${suffix}`, file }));
    entries.push(...(await this.#packExtraOutputs(job, stem, files)));
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

  /** The outputs that were asked for beyond the Kiosk's, as one more entry of the archive. */
  async #packExtraOutputs(job: Job, stem: string, files: readonly SavedFile[]): Promise<ZipEntry[]> {
    const outputs = chooseOutputs(job, this.options);
    if (outputs.length === 0) return [];
    const { folder, type, stages } = this.context;
    const pack = { job, outputs, passes: this.#passes, files, stem, folder, type, stages: stages.seconds };
    const { request, entry } = packOf(pack);
    await this.stage('outputs', () => this.compute(new URL('./kernels/outputs.js', import.meta.url), request));
    return [entry];
  }

  #sizes(job: Job): { readonly diameterPx: number | undefined; readonly pixelSizeUm: number | undefined } {
    return {
      diameterPx: positiveField(job, 'nucleus_diameter_px') ?? this.options.nucleusDiameterPx,
      pixelSizeUm: positiveField(job, 'pixel_size_um') ?? this.options.pixelSizeUm,
    };
  }
}

/** Directory and base name of an image inside the archive: without its last extension, never absolute, never upwards. */
export function archiveStem(originalName: string): string {
  const parts = originalName.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const base = parts.pop() ?? 'image';
  const dot = base.lastIndexOf('.');
  return [...parts, dot > 0 ? base.slice(0, dot) : base].join('/');
}
