import { extname, join } from 'node:path';
import type { ChildCounts, ChildJob, JobFields } from '../broker/contract.js';
import { wireTimestamp } from '../broker/timestamp.js';
import type { ComputeOptions } from '../compute/contract.js';
import { KioskError } from '../errors/kiosk-error.js';
import { zipFiles, type ZipEntry } from '../images/archive/zip-write.js';
import type { Raster } from '../images/raster.js';
import type { LabelArray } from '../processing/array/nd-array.js';
import { localName } from '../storage/keys.js';
import { childKey, childResults, WaitForChildren, type ChildResult } from './children.js';
import type { ConsumerContext, Logger } from './context.js';
import { field, type Job } from './job.js';
import type { OptionsOf, OptionSpecs } from './options.js';
import { patiently } from './patience.js';

/** Where an uploaded file can be found. */
export interface Uploaded {
  /** Its key in the bucket, the value of `output_file_name`. */
  readonly key: string;
  /** A URL that answers a plain GET, the value of `output_url`. */
  readonly url: string;
}

/**
 * Base class of everything that does jobs. A subclass implements {@link consume}; the worker around it claims, keeps
 * the lease, stamps, times, catches and settles. One instance is made for each try of each job.
 *
 * ```ts
 * class Echo extends Consumer {
 *   async consume(job: Job) {
 *     const { key, url } = await this.upload(await this.download(job));
 *     return { output_file_name: key, output_url: url };
 *   }
 * }
 * ```
 *
 * `Consumer<typeof OPTIONS>` gives `this.options` the types of the declaration `OPTIONS`.
 */
export abstract class Consumer<Specs extends OptionSpecs = OptionSpecs> {
  /** One line for `plugins list`. */
  static readonly summary?: string;
  /** Options under `consumers.<type>` of the config file. */
  static readonly options?: OptionSpecs;
  /** The queue that is consumed unless a setting says otherwise. Default: the type's own name. */
  static readonly defaultQueue?: string;
  /** Added to the name of the queue, whoever chose it. */
  static readonly queueSuffix?: string;

  constructor(protected readonly context: ConsumerContext) {}

  /**
   * Does the job and returns the fields to be written together with the final status `done`; or makes children and returns
   * {@link waitForChildren}. Whatever it throws fails the job with that reason; a `KioskError` may ask for another try
   * (`facts.retry`).
   */
  abstract consume(job: Job): Promise<JobFields | WaitForChildren>;

  /** Whether this consumer takes the job at all; refused jobs fail with a reason. Default: every file but `.zip`. */
  accepts(job: Job): boolean {
    return !field(job, 'input_file_name')?.toLowerCase().endsWith('.zip');
  }

  /** This consumer's options, checked and with defaults. */
  protected get options(): OptionsOf<Specs> {
    return this.context.options as OptionsOf<Specs>;
  }

  protected get logger(): Logger {
    return this.context.logger;
  }

  /** A path in the job's own folder, which goes when the job ends. */
  protected path(name: string): string {
    return join(this.context.folder, localName(name));
  }

  /**
   * Downloads an object into the job's folder.
   * @param reference key or URL; default the job's `input_file_name`, in every form that the Kiosk writes
   * @returns path of the local file
   */
  protected async download(job: Job, reference = field(job, 'input_file_name')): Promise<string> {
    if (reference === undefined) {
      throw new KioskError('KC_JOB_INVALID', `The job has no "input_file_name".`, {
        hint: 'Write the key of the uploaded image into the field input_file_name.',
      });
    }
    const { store } = this.context.ports;
    return await this.#patiently(job, async () => {
      const key = await store.resolve(reference, { signal: job.signal });
      const file = this.path(key);
      await store.download(key, file, { signal: job.signal, onBytes: this.context.progress });
      return file;
    });
  }

  /**
   * Uploads a file under a name that nobody knows before the job has settled; removed if the job does not end as done.
   * @param key default `output/<random>` with the file's suffix
   */
  protected async upload(file: string, key = this.context.resultKey(extname(file))): Promise<Uploaded> {
    const { store } = this.context.ports;
    const { job } = this.context;
    await this.announceUploads([key]);
    return await this.#patiently(job, async () => {
      await store.upload(file, key, { signal: job.signal, onBytes: this.context.progress });
      return { key, url: await store.urlFor(key) };
    });
  }

  /**
   * Says which objects are about to be made, many at a time, so that each costs no call of its own: they are removed if the job
   * does not end as done, even if its worker dies.
   */
  protected async announceUploads(keys: readonly string[]): Promise<void> {
    await this.context.uploading(keys);
  }

  /** How the job's children stand; undefined when it is taken for the first time, before it has any. */
  protected get children(): ChildCounts | undefined {
    return this.context.children;
  }

  /**
   * Describes a child of this job. Its key depends on the job and `name` alone, so that a job which makes its children a second
   * time, after its worker has died, makes none twice.
   * @param name tells the children apart: the path of a file in an archive, say
   */
  protected child(queue: string, name: string, fields: JobFields): ChildJob {
    const now = wireTimestamp(Date.now());
    const own = { identity_upload: this.context.host, status: 'new', created_at: now, updated_at: now };
    return { queue, key: childKey(this.context.job.key, queue, name), fields: { ...fields, ...own } };
  }

  /** Makes children, at best some dozens at a time. What they are given as `input_file_name` belongs to them from then on. */
  protected async addChildren(children: readonly ChildJob[]): Promise<void> {
    await this.context.addChildren(children);
    this.context.progress();
  }

  /**
   * Return it from {@link consume} when all children are made: the job waits for them without a worker. When the last has ended,
   * `consume` is called again, in any worker, and {@link children} tells how they fared.
   */
  protected waitForChildren(fields: JobFields = {}): WaitForChildren {
    return new WaitForChildren({ status: 'waiting', ...fields });
  }

  /**
   * The children with `status`, `reason` and these fields of each, in the order in which they were made.
   * @param tolerate whether the job goes on if `none`, `some` or `all` of them failed or are gone
   * @throws {KioskError} `KC_CHILD_FAILED` with the reasons if more failed than that
   */
  protected async childResults(names: readonly string[], tolerate: 'none' | 'some' | 'all'): Promise<ChildResult[]> {
    const { broker } = this.context.ports;
    const { job } = this.context;
    return await childResults(broker, job.key, names, tolerate);
  }

  /** Reads an image file in a thread, refusing from its header what exceeds the limits. */
  protected async readImage(file: string): Promise<Raster> {
    const { limits } = this.context.settings;
    return await this.compute<Raster>(new URL('./kernels/read-image.js', import.meta.url), { file, limits });
  }

  /** Writes a label image, shape (rows, columns), as int32 TIFF, deflated. */
  protected async writeLabels(labels: LabelArray, file: string): Promise<void> {
    await this.compute(new URL('./kernels/write-labels.js', import.meta.url), { labels, file });
  }

  /** Packs files into a zip archive; `name` is the path inside. */
  protected async zip(entries: readonly ZipEntry[], target: string): Promise<void> {
    await zipFiles(entries, target);
  }

  /** Times a stage of the job; its seconds can be read with {@link seconds}. A stage begun is progress. */
  protected async stage<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { stages, progress } = this.context;
    const startedAt = performance.now();
    stages.current = name;
    progress();
    try {
      return await work();
    } finally {
      stages.seconds.set(name, (stages.seconds.get(name) ?? 0) + (performance.now() - startedAt) / 1000);
    }
  }

  /** Seconds spent in a stage so far, as the Kiosk's hashes write them. */
  protected seconds(name: string): string {
    return String(this.context.stages.seconds.get(name) ?? 0);
  }

  /** Writes fields of the job's hash in between. @throws {KioskError} `KC_JOB_LOST` if another worker holds the job now */
  protected async updateKey(_job: Job, fields: JobFields): Promise<void> {
    await this.context.update(fields);
    this.context.progress();
  }

  /** Does a piece of work while fields are being written, so that it does not wait for the broker. */
  protected async whileWriting<T>(job: Job, fields: JobFields, work: () => Promise<T>): Promise<T> {
    const [result] = await Promise.all([work(), this.updateKey(job, fields)]);
    return result;
  }

  /** Runs the default export of a module in the thread pool; aborted with the job. */
  protected async compute<Result = unknown>(module: URL, args: unknown, options: ComputeOptions = {}): Promise<Result> {
    const { signal } = this.context.job;
    const result = await this.context.ports.compute.run<Result>(module, args, { signal, ...options });
    this.context.progress();
    return result;
  }

  /** Calls `work`, waiting for a service that is away without using up an attempt. */
  async #patiently<T>(job: Job, work: () => Promise<T>): Promise<T> {
    const { settings, waiting } = this.context;
    return await patiently(work, { maxWaitMs: settings.maxWaitMs, signal: job.signal, onWait: waiting });
  }
}
