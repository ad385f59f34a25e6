import { extname } from 'node:path';
import {
  channelPositions,
  digestOf,
  field,
  ImageModelConsumer,
  KioskError,
  safeEntryName,
  type ChildJob,
  type ChildResult,
  type Job,
  type JobFields,
  type OptionSpecs,
  type ResultFile,
  type WaitForChildren,
} from 'kiosk-consumer';
import type { AssignRequest } from './kernels/assign.js';

const OPTIONS = {
  spotQueue: { type: 'string', default: 'spot', summary: 'queue of the jobs that find spots' },
  tissueQueue: { type: 'string', default: 'mesmer', summary: 'queue of the jobs that label cells in tissue' },
} as const satisfies OptionSpecs;

/** Values of the field `segmentation_type`. */
const CELLS = ['none', 'tissue', 'cell culture'] as const;
type Cells = (typeof CELLS)[number];

/** Who does a part of the job, by its name in the bucket and among the children. */
type Part = 'spot' | 'cells';

/**
 * Type `polaris`: spots are found by one job and cells labelled by another, then each spot is given the cells that it lies in. Results
 * `<name>_<b>.csv` and `<name>_batch_<b>_feature_<c>.tif`.
 */
export class PolarisConsumer extends ImageModelConsumer<typeof OPTIONS> {
  static override readonly summary = 'spots, and the cells that they lie in';
  static override readonly options = OPTIONS;

  async consume(job: Job): Promise<JobFields | WaitForChildren> {
    const cells = cellsOf(job);
    const parts = cells === 'none' ? 1 : 2;
    const { total = 0, done = 0, failed = 0, gone = 0 } = this.children ?? {};
    if (total < parts) return await this.#sendParts(job, cells);
    if (done + failed + gone < total) return this.waitForChildren({ status: 'predicting' });
    const results = await this.childResults(['output_file_name'], 'none');
    await this.updateKey(job, { status: 'saving-results' });
    return await this.publish(job, await this.stage('postprocess', () => this.#assign(job, results)));
  }

  /** One copy of the image, and a job for each part of the work; the same ones if this is done again after a crash. */
  async #sendParts(job: Job, cells: Cells): Promise<WaitForChildren> {
    const started = { status: 'started', identity_started: this.context.host };
    const file = await this.whileWriting(job, started, () => this.stage('download', () => this.download(job)));
    const name = safeEntryName(field(job, 'original_name') ?? field(job, 'input_file_name') ?? 'image');
    const key = `output/${digestOf(job.key)}-polaris-image${extname(file)}`;
    await this.stage('upload', () => this.upload(file, key));
    const [spots = 0, ...others] = channelPositions(job) ?? [0];
    const children = [this.#part(job, 'spot', this.options.spotQueue, name, key, String(spots))];
    if (cells !== 'none') {
      const { segmentationQueue } = this.context.settings;
      const queue = cells === 'tissue' ? this.options.tissueQueue : segmentationQueue;
      const channels = [0, 1].map((position) => others[position] ?? '').join(',');
      children.push(this.#part(job, 'cells', queue, name, key, channels));
    }
    await this.addChildren(children);
    return this.waitForChildren({ status: 'predicting' });
  }

  #part(job: Job, part: Part, queue: string, name: string, key: string, channels: string): ChildJob {
    const { scale = '', dimension_order: order = '' } = job.fields;
    const fields = { original_name: name, input_file_name: key, channels, dimension_order: order, scale };
    return this.child(queue, part, fields);
  }

  async #assign(job: Job, results: readonly ChildResult[]): Promise<ResultFile[]> {
    const archives: string[] = [];
    for (const { fields } of results) {
      archives.push(await this.download(job, field({ ...job, fields }, 'output_file_name')));
    }
    const [spots, cells] = archives;
    const request: AssignRequest = {
      spots: spots!,
      cells,
      folder: this.context.folder,
      limits: this.context.settings.limits,
    };
    return await this.compute<ResultFile[]>(new URL('./kernels/assign.js', import.meta.url), request);
  }
}

/** @throws {KioskError} KC_JOB_INVALID for another kind of cells, or none of their channels */
function cellsOf(job: Job): Cells {
  const asked = field(job, 'segmentation_type') ?? 'none';
  const cells = CELLS.find((known) => known === asked);
  if (cells === undefined) {
    throw new KioskError('KC_JOB_INVALID', `The field "segmentation_type" is "${asked}".`, {
      hint: `${CELLS.join(', ')} are accepted.`,
    });
  }
  const [, ...others] = channelPositions(job) ?? [0];
  if (cells !== 'none' && others.every((channel) => channel === undefined)) {
    throw new KioskError(
      'KC_JOB_INVALID',
      `The field "channels" is "${field(job, 'channels') ?? ''}"; cells need a channel behind that of the spots.`,
      { hint: 'Write for instance 0,1,2 for spots, nuclei and cytoplasm in this order.' },
    );
  }
  return cells;
}
