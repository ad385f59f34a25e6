import type { ClaimRecord } from '../broker/contract.js';
import { resultKey } from '../storage/keys.js';
import type { JobRun } from './execute-job.js';

const ARCHIVE = '.zip';

/**
 * The objects that a try of a job makes. The broker is told of each before it is made, so that whoever has the job after a
 * worker's death can remove what it left. The name of the archive that most jobs make is chosen at the start, and told together with
 * the status `saving-results`, which costs no call of its own.
 */
export class UploadRecord {
  readonly keys: string[] = [];
  readonly #archive = resultKey(ARCHIVE);
  #isArchiveUsed = false;

  constructor(private readonly run: Pick<JobRun, 'claim' | 'lease' | 'ports'>) {}

  /** A key that nobody knows before the job has settled. */
  resultKey(suffix: string): string {
    if (suffix !== ARCHIVE || this.#isArchiveUsed) return resultKey(suffix);
    this.#isArchiveUsed = true;
    return this.#archive;
  }

  /** To be written with the status that says that results are being saved. */
  announceResult(): ClaimRecord {
    if (!this.keys.includes(this.#archive)) this.keys.push(this.#archive);
    return { uploads: this.keys };
  }

  /** @returns false if the job is another worker's by now: nothing may be uploaded */
  async announce(key: string): Promise<boolean> {
    if (this.keys.includes(key)) return true;
    this.keys.push(key);
    return await this.run.ports.broker.update(this.run.claim, this.run.lease, {}, { uploads: this.keys });
  }
}
