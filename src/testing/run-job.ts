import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JobFields } from '../broker/contract.js';
import type { PluginFunctions } from '../consumer/context.js';
import { checkOptions } from '../consumer/options.js';
import { KioskError } from '../errors/kiosk-error.js';
import { writeTiff } from '../images/tiff/write.js';
import type { PredictClient } from '../models/contract.js';
import type { ConsumerClass } from '../plugin/contract.js';
import type { NdArray } from '../processing/array/nd-array.js';
import { executeJob, type JobOutcome } from '../worker/execute-job.js';
import type { LogLine } from './recording-logger.js';
import { readResults, type ResultFile } from './result-files.js';
import { openRuntime, type TestRuntime } from './runtime.js';
import { TEST_WORKER_SETTINGS } from './settings.js';
import { testModel, type TestModel } from './test-model.js';

/** A job for {@link runJob}; everything may be left out. */
export interface TestJob {
  /** Fields of the job's hash beside those that every job has. */
  readonly fields?: Readonly<JobFields>;
  /** The job's input: pixels, written as `image.tif`, shape (rows, columns) or with axes before; or the path of a file. */
  readonly image?: NdArray | string;
  /** As under `consumers.<type>` of the config file; checked, and filled up with defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Answers whatever model the consumer asks for. */
  readonly model?: TestModel | PredictClient;
  /** Processing functions of plugins. */
  readonly functions?: Partial<PluginFunctions>;
  /** Aborts the job, as if its worker were told to stop. */
  readonly signal?: AbortSignal;
  /** A job without progress for this long is stopped. Default 5 s. */
  readonly deadlineMs?: number;
}

/** What became of a job. */
export interface TestOutcome {
  readonly status: JobOutcome['status'];
  /** The hash as it stands at the end. */
  readonly fields: Readonly<JobFields>;
  /** What failed the job. */
  readonly error: unknown;
  /** The entries of its archive by their paths; of a result that is no zip, the one file. */
  readonly files: ReadonlyMap<string, ResultFile>;
  readonly logs: readonly LogLine[];
}

/**
 * Does one job of a consumer, through the same `executeJob` as a worker, with a broker in memory and a temporary folder as
 * bucket. It fails for what a job fails for in earnest, and then tells why in `fields.reason` and `error`.
 * @throws {KioskError} `KC_CONFIG` if an option is wrong
 */
export async function runJob(consumerClass: ConsumerClass, job: TestJob = {}): Promise<TestOutcome> {
  return await withJobRuntime(job, async (runtime) => {
    const { key, outcome } = await executeIn(runtime, consumerClass, job);
    const fields = (await runtime.broker.read(key)) ?? {};
    return {
      status: outcome.status,
      fields,
      error: 'error' in outcome ? outcome.error : undefined,
      files: await readResults(runtime.bucket, outcome.status === 'done' ? fields['output_file_name'] : undefined),
      logs: runtime.logger.lines,
    };
  });
}

/** Lends a runtime with the job's model. */
export async function withJobRuntime<Result>(
  { model }: TestJob,
  work: (runtime: TestRuntime) => Promise<Result>,
): Promise<Result> {
  const client = model === undefined || 'describe' in model ? model : testModel(model);
  const runtime = await openRuntime(client === undefined ? {} : { models: async () => client });
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}

/** Puts the job's input into the bucket, makes the job, claims it and does it. */
export async function executeIn(
  runtime: TestRuntime,
  consumerClass: ConsumerClass,
  job: TestJob,
): Promise<{ readonly key: string; readonly outcome: JobOutcome }> {
  const name = await putInput(runtime.bucket, job.image);
  const key = await runtime.enqueue({ original_name: name, input_file_name: `uploads/${name}`, ...job.fields });
  const claim = (await runtime.broker.claim('q', runtime.lease))!;
  const run = runtime.runOf(consumerClass);
  const outcome = await executeJob({
    ...run,
    claim,
    options: checkedOptions(consumerClass, job.options ?? {}),
    functions: { ...run.functions, ...job.functions },
    lease: runtime.lease,
    stop: job.signal ?? new AbortController().signal,
    workerSettings: { ...TEST_WORKER_SETTINGS, deadlineMs: job.deadlineMs ?? TEST_WORKER_SETTINGS.deadlineMs },
  });
  return { key, outcome };
}

/** @returns the name of the file under `uploads/` */
async function putInput(bucket: string, image: TestJob['image']): Promise<string> {
  const name = typeof image === 'string' ? basename(image) : 'image.tif';
  const target = join(bucket, 'uploads', name);
  await mkdir(dirname(target), { recursive: true });
  if (typeof image === 'string') await copyFile(image, target);
  else if (image === undefined) await writeFile(target, '');
  else await writeTiff(target, image);
  return name;
}

function checkedOptions(consumerClass: ConsumerClass, given: Readonly<Record<string, unknown>>) {
  const { values, faults } = checkOptions('options', consumerClass.options ?? {}, given);
  if (faults.length > 0) throw new KioskError('KC_CONFIG', faults.join('; '), { details: faults });
  return values;
}
