import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { JobFields } from '../broker/contract.js';
import type { Ports } from '../consumer/context.js';
import type { OutputName } from '../images/outputs/output-names.js';
import type { ImageLimits } from '../images/raster.js';
import { lastLine, finalFacts } from './outcome.js';
import type { FileOutcome } from './file-outcomes.js';
import { writeResults } from './result-folder.js';

/** A job that a command has made out of a file or key. */
export interface SubmittedJob {
  /** What people call the input. */
  readonly file: string;
  /** Of the input in the bucket. */
  readonly key: string;
  /** The local file, if there is one. */
  readonly path: string | undefined;
  /** Path of its results below the folder, without suffix. */
  readonly name: string;
  readonly hash?: string;
}

export interface FetchOptions {
  readonly ports: Pick<Ports, 'store' | 'compute'>;
  readonly limits: ImageLimits;
  readonly signal: AbortSignal;
  /** Where results go; undefined: they stay in the bucket. */
  readonly folder: string | undefined;
  /** What is written there beside the archives. */
  readonly outputs: readonly OutputName[];
}

/** How a settled job ended; its results downloaded and unfolded into the folder, if there is to be one. */
export async function fetchOutcome(
  job: SubmittedJob,
  fields: JobFields | undefined,
  options: FetchOptions,
): Promise<FileOutcome> {
  const facts = { file: job.file, ...(job.hash === undefined ? {} : { hash: job.hash }) };
  if (fields === undefined) return { ...facts, status: 'failed', reason: 'The job hash has vanished from the broker.' };
  const { reason, ...rest } = finalFacts(fields);
  if (fields.status !== 'done') return { ...facts, status: 'failed', reason: lastLine(reason ?? '') };
  const done = { ...facts, status: 'done' as const, ...rest };
  const key = fields.output_file_name;
  if (options.folder === undefined || !key) return done;
  return { ...done, results: await fetchResults(job, { fields, key, folder: options.folder }, options) };
}

async function fetchResults(
  job: SubmittedJob,
  { fields, key, folder }: { readonly fields: JobFields; readonly key: string; readonly folder: string },
  { ports: { store, compute }, limits, signal, outputs }: FetchOptions,
) {
  const workspace = await mkdtemp(join(tmpdir(), 'kiosk-result-'));
  try {
    const archive = join(workspace, basename(key));
    await store.download(key, archive, { signal });
    const image = job.path ?? join(workspace, `input-${basename(job.key)}`);
    if (job.path === undefined) await store.download(job.key, image, { signal });
    const source = { image, archive, name: job.name, fields, outputs };
    return await writeResults(folder, source, { compute, limits, signal });
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
