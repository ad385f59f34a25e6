import { parseOutputs, type OutputName } from '../../images/outputs/output-names.js';
import type { PackRequest } from '../../images/outputs/pack-outputs.js';
import type { ModelId } from '../../models/contract.js';
import { field, type Job } from '../job.js';
import type { ResultFile } from '../image-model-consumer.js';
import { stemOf } from './archive-stem.js';
import type { OptionValues } from '../options.js';
import type { ProcessingStep } from '../processing-steps.js';
import type { PlannedPass } from '../segmenting-consumer.js';

/** A pass of the image through a model, as the provenance tells it. */
export interface PassRecord {
  readonly kind: 'nuclear' | 'phase' | 'cytoplasm' | undefined;
  /** With the version that the server chose. */
  readonly model: ModelId;
  readonly planned: PlannedPass;
  /** The post-processing, known when the model has answered. */
  postprocess: readonly ProcessingStep[];
}

export interface PackSource {
  readonly job: Job;
  readonly outputs: readonly OutputName[];
  readonly passes: readonly PassRecord[];
  /** The label files of the archive. */
  readonly files: readonly ResultFile[];
  /** For temporary files. */
  readonly folder: string;
  /** Seconds of the stages so far. */
  readonly stages: ReadonlyMap<string, number>;
  readonly type: string;
  /** Of this program. */
  readonly version: string;
}

/** Frames that a tracking job sends out as jobs of their own: it wants exactly one file of each archive. */
const TRACKING_FRAME = /-tracking-frame-\d+\.tiff?$/iu;

/**
 * Which outputs a job's archive gets beside its label files: the field `outputs` of the hash, else the option; none by
 * default, as in the Kiosk. The option does not reach the frames of tracking jobs.
 *
 * @throws {KioskError} KC_JOB_INVALID for a name that is not known
 */
export function chooseOutputs(job: Job, options: OptionValues): readonly OutputName[] {
  const asked = field(job, 'outputs');
  if (asked !== undefined) return parseOutputs(asked, { where: 'The field "outputs"', code: 'KC_JOB_INVALID' });
  if (TRACKING_FRAME.test(field(job, 'input_file_name') ?? '')) return [];
  return parseOutputs((options.outputs as string | undefined) ?? '', { where: 'outputs', code: 'KC_JOB_INVALID' });
}

/** What the thread needs to pack the outputs. */
export function packOf(source: PackSource): PackRequest {
  const { job, outputs, passes, files, folder } = source;
  const { prepare } = passes[0]!.planned;
  const stem = stemOf(job);
  return {
    image: prepare.file,
    name: stem.slice(stem.lastIndexOf('/') + 1),
    outputs,
    dimensionOrder: prepare.dimensionOrder,
    channels: field(job, 'channels'),
    limits: prepare.limits,
    results: files.map(({ suffix, file }) => ({ name: `image${suffix}`, file })),
    folder: `${folder}/outputs`,
    target: `${folder}/outputs.zip`,
    provenance: provenanceOf(source),
  };
}

/** Who made the results out of what, and how; the thread adds the facts about the input file. */
function provenanceOf({ job, passes, stages, type, version }: PackSource): Record<string, unknown> {
  return {
    program: { name: 'kiosk-consumer', version },
    node: process.version,
    job: { type, originalName: field(job, 'original_name') ?? null, attempt: job.attempt },
    passes: passes.map(({ kind, model, planned: { prepare }, postprocess }) => ({
      kind: kind ?? null,
      model: { name: model.name, version: model.version ?? null },
      dimensionOrder: prepare.dimensionOrder ?? null,
      channels: prepare.channels ?? null,
      scale: prepare.scale,
      interpolation: prepare.interpolation,
      preprocess: prepare.steps,
      postprocess,
    })),
    stageSeconds: Object.fromEntries(stages),
  };
}
