import type { ChildJob, ClaimRecord } from '../broker/contract.js';
import { resultKey } from '../storage/keys.js';
import type { JobRun } from './execute-job.js';

const ARCHIVE = '.zip';

/** Gives keys for results; the first for an archive is the one that was chosen. */
export function resultKeys(archive: string): (suffix: string) => string {
  let isUsed = false;
  return (suffix) => {
    if (suffix !== ARCHIVE || isUsed) return resultKey(suffix);
    isUsed = true;
    return archive;
  };
}

/**
 * The objects that a try of a job makes. The broker is told of each before it is made, so that whoever has the job after a
 * worker's death can remove what it left. The name of the archive that most jobs make is chosen at the start, and told together with
 * the status `saving-results`, which costs no call of its own.
 */
export class UploadRecord {
  keys: readonly string[] = [];
  hasChildren = false;
  /** Where the archive of the try will be. */
  readonly archive = resultKey(ARCHIVE);
  /** A key that nobody knows before the job has settled. */
  readonly resultKey = resultKeys(this.archive);

  constructor(private readonly run: Pick<JobRun, 'claim' | 'lease' | 'ports'>) {}

  /** To be written with the status that says that results are being saved. */
  announceResult(): ClaimRecord {
    this.#add([this.archive]);
    return { uploads: this.keys };
  }

  /** @returns false if the job is another worker's by now: nothing may be uploaded */
  async announce(keys: readonly string[]): Promise<boolean> {
    if (!this.#add(keys)) return true;
    return await this.run.ports.broker.update(this.run.claim, this.run.lease, {}, { uploads: this.keys });
  }

  /** Makes children; what they are given as input is theirs from then on. @returns false as above */
  async handOver(children: readonly ChildJob[]): Promise<boolean> {
    const { claim, lease, ports } = this.run;
    const inputs = new Set(children.map(({ fields }) => fields?.['input_file_name']));
    const uploads = this.keys.filter((key) => !inputs.has(key));
    if (!(await ports.broker.addChildren(claim, lease, children, { uploads }))) return false;
    this.keys = uploads;
    this.hasChildren = true;
    return true;
  }

  /** @returns whether one of them is new */
  #add(keys: readonly string[]): boolean {
    const fresh = keys.filter((key) => !this.keys.includes(key));
    this.keys = [...this.keys, ...fresh];
    return fresh.length > 0;
  }
}
