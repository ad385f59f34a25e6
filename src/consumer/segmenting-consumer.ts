import type { JobFields } from '../broker/contract.js';
import type { ModelId } from '../models/contract.js';
import type { FloatArray, NdArray } from '../processing/array/nd-array.js';
import type { Generation } from '../processing/functions.js';
import { OUTPUTS, OUTPUTS_SUFFIX } from '../images/outputs/output-names.js';
import { ImageModelConsumer, type ResultFile } from './image-model-consumer.js';
import { field, type Job } from './job.js';
import { chooseOutputs, packOf, type PassRecord } from './jobs/extra-outputs.js';
import { chooseFunctions } from './jobs/job-settings.js';
import type { FinishRequest } from './kernels/finish-labels.js';
import type { Prepared, PrepareRequest } from './kernels/prepare-image.js';
import type { SavedFile, SaveRequest } from './kernels/save-planes.js';
import type { OptionSpecs } from './options.js';
import { beginsWithDetections, resolveSteps, type ProcessingStep } from './processing-steps.js';
import { VOLUME_RANK } from './volume-rank.js';

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

/** What one pass of an image through a model needs. */
export interface Pass {
  readonly job: Job;
  readonly file: string;
  readonly model: ModelId;
  /** For variables such as `NUCLEAR_PREPROCESS`; absent where no variable names functions. */
  readonly kind?: 'nuclear' | 'phase' | 'cytoplasm';
  readonly channels: readonly number[] | undefined;
  /** What the job or its detection says; undefined: from the sizes given, else 1. */
  readonly scale: number | undefined;
  /** What the channels must be, in order: an image with more or fewer is refused. Absent: the model decides. */
  readonly channelNames?: readonly string[];
  /** Post-processing parameters that the type knows. */
  readonly parameters?: TypeParameters;
}

/** Post-processing parameters that have a field, an option or a variable of their own. */
export interface TypeParameters {
  /** Of the job's own fields: they win, and a function without them is an error. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Of options and variables: over the model's card, for functions that have them. */
  readonly preset: Readonly<Record<string, unknown>>;
}

/** What the generations of the consumers do differently. */
export interface GenerationTraits {
  readonly generation: Generation;
  readonly preprocess: string;
  /** The same for every model, or by its number of heads. */
  readonly postprocess: string | Readonly<Record<number, string>>;
  readonly interpolation: PrepareRequest['interpolation'];
  readonly layout: SaveRequest['layout'];
  /** Whether the status goes through `post-processing`, as in 2020. */
  readonly tellsPostprocessing: boolean;
  /** Whether the field `dim_order` is written: the axes of each input of the model, for viewers. */
  readonly tellsDimOrder?: boolean;
}

/** An image planned for a model: what the threads need to know. */
export interface PlannedPass {
  readonly prepare: PrepareRequest;
  /** The post-processing steps for an answer of so many heads. @throws {KioskError} if parameters do not suit them */
  readonly postprocess: (heads: number) => ProcessingStep[];
  /** Whether post-processing begins with detections rather than maps of pixels. */
  readonly detections: boolean;
  readonly model: ModelId;
  /** Value of the field `dim_order`. */
  readonly dimOrder: string;
}

/** The steps that consumers of label images share: plan, prepare, predict, finish, pack. */
export abstract class SegmentingConsumer extends ImageModelConsumer {
  protected abstract readonly traits: GenerationTraits;

  /** The passes of this job, for its provenance. */
  readonly #passes: PassRecord[] = [];

  /**
   * The whole way of an image through one model, from the download to the fields of a job that is done.
   * @param choosePass model, channels and scale, once the file is there
   */
  protected async segment(job: Job, choosePass: (file: string) => Promise<Pass>): Promise<JobFields> {
    const started = { status: 'started', identity_started: this.context.host };
    const file = await this.whileWriting(job, started, () => this.stage('download', () => this.download(job)));

    const preparing = { status: 'pre-processing', download_time: this.seconds('download') };
    const { planned, prepared } = await this.whileWriting(job, preparing, async () => {
      const plan = await this.plan(await choosePass(file));
      return { planned: plan, prepared: await this.stage('preprocess', () => this.prepareImage(plan.prepare)) };
    });

    const found = { ...writtenScale(job, planned), ...(this.traits.tellsDimOrder && { dim_order: planned.dimOrder }) };
    const predicting = { status: 'predicting', preprocess_time: this.seconds('preprocess'), ...found };
    const predict = () => this.stage('prediction', () => this.predict(planned, prepared));
    const heads = await this.whileWriting(job, predicting, predict);

    const predicted = { prediction_time: this.seconds('prediction') };
    const finishing = this.traits.tellsPostprocessing ? { status: 'post-processing', ...predicted } : predicted;
    const finish = () => this.stage('postprocess', () => this.finish(planned, heads, prepared));
    const results = await this.whileWriting(job, finishing, finish);

    const saving = { status: 'saving-results', postprocess_time: this.seconds('postprocess') };
    const save = () => this.stage('encode', () => this.save(results, 0));
    return await this.publish(job, await this.whileWriting(job, saving, save));
  }

  /** Everything about a pass that can be refused before a pixel is read. */
  protected async plan(pass: Pass): Promise<PlannedPass> {
    const { job } = pass;
    chooseOutputs(job, this.options);
    const model = await this.getModelMetadata(pass.model);
    const { modelSettings, limits } = this.context.settings;
    const sources = { job, options: this.options, card: model.card };
    const generation = (this.options.generation as Generation | undefined) ?? this.traits.generation;
    const variables = pass.kind === undefined ? undefined : modelSettings.functions[pass.kind];
    const before = chooseFunctions('preprocess', {
      ...sources,
      variable: variables?.preprocess,
      fallback: this.traits.preprocess,
    });
    const { functions } = this.context;
    const postprocess = (heads: number): ProcessingStep[] => {
      const { preset = {}, asked = {} } = pass.parameters ?? {};
      const fallback = defaultFor(this.traits.postprocess, heads);
      const after = chooseFunctions('postprocess', { ...sources, variable: variables?.postprocess, fallback, preset });
      const parameters = { ...after.parameters, ...asked };
      const optional = Object.keys(preset).filter((name) => !(name in asked));
      return resolveSteps({ kind: 'postprocess', generation, names: after.names, parameters, optional }, functions);
    };
    // What is known of the heads refuses wrong names and parameters now; otherwise the answer does.
    const heads = model.card?.heads?.length ?? model.outputs.length;
    const known = heads > 0 || typeof this.traits.postprocess === 'string';
    const detections = known && beginsWithDetections(postprocess(heads));
    const planned: PlannedPass = {
      model: pass.model,
      postprocess,
      detections,
      dimOrder: this.dimOrderOf(model),
      prepare: {
        file: pass.file,
        limits,
        dimensionOrder: field(job, 'dimension_order'),
        channels: pass.channels,
        volume: model.inputs[0]?.shape.length === VOLUME_RANK,
        ...(pass.channelNames && { channelNames: pass.channelNames }),
        scale: this.finalScale(job, model, pass.scale),
        // Who gives a size rather than the Kiosk's factor wants the best image, not the Kiosk's pixels.
        interpolation: pass.scale === undefined ? 'linear' : this.traits.interpolation,
        steps: resolveSteps({ kind: 'preprocess', generation, ...before }, functions),
      },
    };
    this.#passes.push({ kind: pass.kind, model: model.id, planned, postprocess: [] });
    return planned;
  }

  /** Asks the model for what the post-processing takes: maps of pixels, or detections. */
  protected async predict(planned: PlannedPass, { image }: Prepared): Promise<FloatArray[]> {
    return planned.detections
      ? await this.grpcDetections(image, planned.model)
      : await this.grpcImage(image, planned.model);
  }

  /** @returns label planes, each (batch, rows, columns, channels), of the image's own size */
  protected async finish(planned: PlannedPass, heads: FloatArray[], { image, size }: Prepared): Promise<NdArray[]> {
    const shown = image.shape.slice(-3, -1) as [number, number];
    const steps = planned.postprocess(heads.length);
    const pass = this.#passes.find((record) => record.planned === planned);
    if (pass !== undefined) pass.postprocess = steps;
    const request: FinishRequest = { heads, steps, shown, size };
    const transfer = heads.map((head) => head.data.buffer as ArrayBuffer);
    return await this.compute<NdArray[]>(new URL('./kernels/finish-labels.js', import.meta.url), request, { transfer });
  }

  /** Writes results as the TIFF files of the archive; `firstFeature` is the number of the first channel. */
  protected async save(results: readonly NdArray[], firstFeature: number): Promise<SavedFile[]> {
    const request: SaveRequest = { results, layout: this.traits.layout, firstFeature, folder: this.context.folder };
    const transfer = results.map((result) => result.data.buffer as ArrayBuffer);
    return await this.compute<SavedFile[]>(new URL('./kernels/save-planes.js', import.meta.url), request, { transfer });
  }

  /** With the outputs that were asked for beyond the Kiosk's, as one more entry. */
  protected override async publish(job: Job, files: readonly ResultFile[]): Promise<JobFields> {
    return await super.publish(job, [...files, ...(await this.#extraOutputs(job, files))]);
  }

  async #extraOutputs(job: Job, files: readonly ResultFile[]): Promise<ResultFile[]> {
    const outputs = chooseOutputs(job, this.options);
    if (outputs.length === 0) return [];
    const { folder, type, stages, settings } = this.context;
    const { programVersion: version } = settings;
    const pack = { job, outputs, passes: this.#passes, files, folder, type, version, stages: stages.seconds };
    const request = packOf(pack);
    await this.stage('outputs', () => this.compute(new URL('./kernels/outputs.js', import.meta.url), request));
    return [{ suffix: OUTPUTS_SUFFIX, file: request.target }];
  }
}

/** For another number of heads than there are defaults for, the last one says what is wrong. */
function defaultFor(defaults: GenerationTraits['postprocess'], heads: number): string {
  return typeof defaults === 'string' ? defaults : (defaults[heads] ?? Object.values(defaults).at(-1)!);
}

/** The scale that was used goes into the hash where the submitter left it open. */
function writtenScale(job: Job, planned: PlannedPass): JobFields {
  return field(job, 'scale') === undefined ? { scale: String(planned.prepare.scale) } : {};
}
