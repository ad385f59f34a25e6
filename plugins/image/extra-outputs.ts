import {
  field,
  OUTPUTS_SUFFIX,
  ownVersion,
  parseOutputs,
  type Job,
  type ModelId,
  type OutputName,
  type PackRequest,
  type ZipEntry,
} from 'kiosk-consumer';
import type { SavedFile } from './kernels/save.js';
import type { PlannedPass, SegmentingOptions } from './segmenting-consumer.js';

/** A pass of the image through a model, as the provenance tells it. */
export interface PassRecord {
  readonly kind: 'nuclear' | 'phase' | 'cytoplasm';
  /** With the version that the server chose. */
  readonly model: ModelId;
  readonly planned: PlannedPass;
}

export interface PackSource {
  readonly job: Job;
  readonly outputs: readonly OutputName[];
  readonly passes: readonly PassRecord[];
  /** The label files of the archive. */
  readonly files: readonly SavedFile[];
  /** Directory and base name of the image inside the archive. */
  readonly stem: string;
  /** For temporary files. */
  readonly folder: string;
  /** Seconds of the stages so far. */
  readonly stages: ReadonlyMap<string, number>;
  readonly type: string;
}

/** Frames that a tracking job sends out as jobs of their own: it wants exactly one file of each archive. */
const TRACKING_FRAME = /-tracking-frame-\d+\.tiff?$/iu;

/**
 * Which outputs a job's archive gets beside its label files: the field `outputs` of the hash, else the option; none by
 * default, as in the Kiosk. The option does not reach the frames of tracking jobs.
 *
 * @throws {KioskError} KC_JOB_INVALID for a name that is not known
 */
export function chooseOutputs(job: Job, options: Partial<SegmentingOptions>): readonly OutputName[] {
  const asked = field(job, 'outputs');
  if (asked !== undefined) return parseOutputs(asked, { where: 'The field "outputs"', code: 'KC_JOB_INVALID' });
  if (TRACKING_FRAME.test(field(job, 'input_file_name') ?? '')) return [];
  return parseOutputs(options.outputs ?? '', { where: 'outputs', code: 'KC_JOB_INVALID' });
}

/** What the thread needs to pack the outputs, and the entry that the pack becomes in the result archive. */
export function packOf(source: PackSource): { readonly request: PackRequest; readonly entry: ZipEntry } {
  const { job, outputs, passes, files, stem, folder } = source;
  const { prepare } = passes[0]!.planned;
  const target = `${folder}/outputs.zip`;
  const request: PackRequest = {
    image: prepare.file,
    name: stem.slice(stem.lastIndexOf('/') + 1),
    outputs,
    dimensionOrder: prepare.dimensionOrder,
    channels: field(job, 'channels'),
    limits: prepare.limits,
    results: files.map(({ suffix, file }) => ({ name: `image${suffix}`, file })),
    folder: `${folder}/outputs`,
    target,
    provenance: provenanceOf(source),
  };
  return { request, entry: { name: `${stem}${OUTPUTS_SUFFIX}`, file: target } };
}

/** Who made the results out of what, and how; the thread adds the facts about the input file. */
function provenanceOf({ job, passes, stages, type }: PackSource): Record<string, unknown> {
  return {
    program: { name: 'kiosk-consumer', version: ownVersion() },
    plugin: { name: 'image', version: ownVersion() },
    node: process.version,
    job: { type, originalName: field(job, 'original_name') ?? null, attempt: job.attempt },
    passes: passes.map(({ kind, model, planned: { prepare, postprocess } }) => ({
      kind,
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
