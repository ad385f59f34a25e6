import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  ArchiveJoiner,
  Consumer,
  digestOf,
  field,
  inParallel,
  KioskError,
  openArchive,
  type ChildJob,
  type ChildResult,
  type Job,
  type JobFields,
  type OpenArchive,
  type OptionSpecs,
  type WaitForChildren,
} from 'kiosk-consumer';
import { isImageName, keyOfEntry, splitKeys } from './names.js';
import { TIMES, failureMap, listOf } from './outcome-fields.js';

const QUEUE_SUFFIX = '-zip';

/** Images of one batch are uploaded together and become children in one call of the broker. */
const BATCH = 32;
const TRANSFERS = 4;

/** Fields of the parent that its children do not have. */
const NOT_OF_CHILDREN: ReadonlySet<string> = new Set([
  'children',
  'children:done',
  'children:failed',
  'identity_started',
  'progress',
  'url',
]);

const OPTIONS = {
  maxEntries: { type: 'number', min: 1, default: 100_000, summary: 'most entries of an archive' },
  maxBytes: { type: 'number', min: 1, default: 2 ** 40, unit: 'bytes', summary: 'most unpacked bytes of an archive' },
} as const satisfies OptionSpecs;

/**
 * Type `zip`: an archive of images becomes a job for each image, in the queue without `-zip`; it waits for them in nobody's hand, and
 * their results become one archive. Parents and children may be met by the Kiosk's own zip consumer at any time.
 */
export class ZipConsumer extends Consumer<typeof OPTIONS> {
  static override readonly summary = 'an archive of images: a job for each, their results in one archive';
  static override readonly defaultQueue = 'predict';
  static override readonly queueSuffix = QUEUE_SUFFIX;
  static override readonly options = OPTIONS;

  override accepts(job: Job): boolean {
    return field(job, 'input_file_name')?.toLowerCase().endsWith('.zip') === true;
  }

  async consume(job: Job): Promise<JobFields | WaitForChildren> {
    if (job.fields['status'] !== 'waiting') return await this.#expand(job);
    const { children } = this;
    if (children === undefined) return await this.#adopt(job);
    const { total, done, failed, gone } = children;
    return done + failed + gone < total ? this.waitForChildren() : await this.#pack(job);
  }

  /** A job for each image of the archive. Done a second time, after a crash, it makes none twice. */
  async #expand(job: Job): Promise<WaitForChildren> {
    const file = await this.stage('download', () => this.download(job));
    const { maxBytes: maxEntryBytes } = this.context.settings.limits;
    const limits = {
      maxEntries: this.options.maxEntries,
      maxTotalBytes: this.options.maxBytes,
      maxEntryBytes,
    };
    const archive = await openArchive(file, { limits, wanted: isImageName });
    try {
      if (archive.names.length === 0) throw noImages(job);
      const keys: string[] = [];
      await this.stage('children_upload', async () => {
        for (let first = 0; first < archive.names.length; first += BATCH) {
          const children = archive.names.slice(first, first + BATCH).map((name) => this.#childOf(job, name));
          await this.#addBatch(archive, children);
          keys.push(...children.map(({ key }) => key));
        }
      });
      return this.waitForChildren({
        children: keys.join(','),
        children_upload_time: this.seconds('children_upload'),
        progress: '0',
      });
    } finally {
      archive.close();
    }
  }

  #childOf(job: Job, name: string): ChildJob {
    const fields = Object.fromEntries(Object.entries(job.fields).filter(([key]) => !NOT_OF_CHILDREN.has(key)));
    const queue = this.context.queue.slice(0, -QUEUE_SUFFIX.length);
    return this.child(queue, name, { ...fields, input_file_name: keyOfEntry(job.key, name), original_name: name });
  }

  async #addBatch(archive: OpenArchive, children: readonly ChildJob[]): Promise<void> {
    await this.announceUploads(children.map(({ fields }) => fields!['input_file_name']!));
    await inParallel(TRANSFERS, children, async ({ fields }) => {
      const key = fields!['input_file_name']!;
      const name = fields!['original_name']!;
      const file = this.path(`${digestOf(name)}${extname(key)}`);
      await archive.extract(name, file);
      await this.upload(file, key);
      await rm(file);
    });
    await this.addChildren(children);
  }

  /** A job that the Kiosk's own zip consumer has expanded. */
  async #adopt(job: Job): Promise<WaitForChildren> {
    const queue = this.context.queue.slice(0, -QUEUE_SUFFIX.length);
    const keys = splitKeys(field(job, 'children') ?? '');
    if (keys.length === 0) throw noImages(job);
    for (let first = 0; first < keys.length; first += BATCH) {
      await this.addChildren(keys.slice(first, first + BATCH).map((key) => ({ queue, key })));
    }
    return this.waitForChildren();
  }

  async #pack(job: Job): Promise<JobFields> {
    const wanted = ['output_file_name', ...TIMES];
    const results = await this.childResults(wanted, 'some');
    const failures = new Map(results.flatMap(({ key, reason }) => (reason === undefined ? [] : [[key, reason]])));
    const archive = this.path('result.zip');
    const joiner = new ArchiveJoiner(archive);
    try {
      await this.stage('pack', () => this.#join(job, results, joiner, failures));
      await joiner.finish();
    } catch (error) {
      await joiner.abandon();
      throw error;
    }
    const { key, url } = await this.stage('upload', () => this.upload(archive));
    const isFailed = ({ key: child }: ChildResult): boolean => failures.has(child);
    const keys = (chosen: readonly ChildResult[]): string => chosen.map((result) => result.key).join(',');
    return {
      output_file_name: key,
      output_url: url,
      progress: '100',
      failures: failureMap(failures),
      'children:done': keys(results.filter((result) => !isFailed(result))),
      'children:failed': keys(results.filter(isFailed)),
      total_jobs: String(results.length),
      cleanup_time: String(Number(this.seconds('pack')) + Number(this.seconds('upload'))),
      ...Object.fromEntries(TIMES.flatMap((name) => listOf(name, results))),
    };
  }

  /** One result after the other, the next ones on their way meanwhile. A result that is not to be had is a failure of its file. */
  async #join(
    job: Job,
    results: readonly ChildResult[],
    joiner: ArchiveJoiner,
    failures: Map<string, string>,
  ): Promise<void> {
    const done = results.filter(({ isDone }) => isDone);
    for (let first = 0; first < done.length; first += TRANSFERS) {
      const batch = done.slice(first, first + TRANSFERS);
      const files = await inParallel(TRANSFERS, batch, (result) => this.#fetch(job, result));
      for (const [i, file] of files.entries()) {
        const { key } = batch[i]!;
        try {
          if (typeof file !== 'string') throw file;
          await joiner.add(file);
          await rm(file, { force: true });
        } catch (error) {
          if (!isOfOneFile(error)) throw error;
          failures.set(key, `${error.code}: ${error.message}`);
        }
      }
    }
    if (joiner.count === 0) {
      throw new KioskError(
        'KC_CHILD_FAILED',
        `None of ${results.length} results could be fetched: ${[...failures.values()][0]}`,
      );
    }
  }

  /** @returns the local file, or why there is none */
  async #fetch(job: Job, { fields }: ChildResult): Promise<string | KioskError> {
    try {
      return await this.download(job, field({ ...job, fields }, 'output_file_name'));
    } catch (error) {
      if (isOfOneFile(error)) return error;
      throw error;
    }
  }
}

/** What is wrong with one result, in contrast to a service that is away. */
const OF_ONE_FILE = new Set(['KC_STORAGE_NOT_FOUND', 'KC_STORAGE_KEY', 'KC_IMAGE_UNREADABLE', 'KC_JOB_INVALID']);

function isOfOneFile(error: unknown): error is KioskError {
  return error instanceof KioskError && OF_ONE_FILE.has(error.code);
}

function noImages(job: Job): KioskError {
  return new KioskError('KC_JOB_INVALID', `"${field(job, 'original_name') ?? job.key}" holds no images.`, {
    hint: 'Pack the image files themselves, with their extensions; folders are fine.',
  });
}
