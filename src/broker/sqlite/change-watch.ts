import type { WaitOptions } from '../contract.js';
import { WaitingRoom } from '../waiting-room.js';
import type { Database } from './database.js';

/** How often the file is looked at for commits of other processes; one look takes some microseconds. */
const LOOK_EVERY_MS = 25;

/**
 * Wakes who waits for a job. While anybody waits, the file's change counter (`PRAGMA data_version`) is read every
 * 25 ms; a queue is looked into only after a commit of another process. Commits of this process call `look`.
 */
export class ChangeWatch {
  readonly #room = new WaitingRoom();
  #timer: NodeJS.Timeout | undefined;
  #version: unknown;

  constructor(private readonly db: Database) {}

  async wait(queue: string, options: WaitOptions): Promise<void> {
    const left = this.#room.wait(queue, options);
    this.#timer ??= setInterval(() => this.#tick(), LOOK_EVERY_MS);
    this.look();
    await left;
    if (this.#room.queues.length === 0) this.#stop();
  }

  /** Whether a job waits in this queue. */
  isWaiting(queue: string): boolean {
    return this.db.all('SELECT 1 FROM waiting WHERE queue = ? LIMIT 1', queue).length > 0;
  }

  /** Looks into every queue for which somebody waits. */
  look(): void {
    try {
      for (const queue of this.#room.queues) if (this.isWaiting(queue)) this.#room.wake(queue);
    } catch {
      // The waiter's next call of the broker meets the same trouble, and is the place to tell it.
      this.#room.wakeAll();
    }
  }

  close(): void {
    this.#stop();
    this.#room.wakeAll();
  }

  #tick(): void {
    let version: unknown;
    try {
      version = this.#readVersion();
    } catch {
      // A broken file shows at the queues, too.
    }
    if (version === this.#version) return;
    this.#version = version;
    this.look();
  }

  #readVersion(): unknown {
    return this.db.all('PRAGMA data_version')[0]?.['data_version'];
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
