import { Worker } from 'node:worker_threads';
import type { Claim } from '../../broker/contract.js';
import { compiled } from '../../compute/compiled.js';
import type { Logger } from '../../consumer/context.js';
import type { KeptLease, LeaseKeeper } from './contract.js';
import type { FromKeeper, KeeperThreadData, ToKeeper } from './messages.js';

/** Progress is told to the thread at most this often, a new stage at once. */
const PROGRESS_EVERY_MS = 1000;
/** A thread that died is replaced after this; the leases hold much longer. */
const RESTART_AFTER_MS = 500;

interface Kept {
  readonly claim: Claim;
  readonly onLost: () => void;
  stage: string;
  toldAt: number;
}

/** Renews in a thread, which a job that blocks the event loop cannot stop. Started with the first claim. */
export class ThreadKeeper implements LeaseKeeper {
  renewing: boolean | undefined;
  readonly #kept = new Map<string, Kept>();
  #thread: Worker | undefined;
  #closed = false;

  constructor(
    private readonly data: KeeperThreadData,
    private readonly logger: Logger,
  ) {}

  keep(claim: Claim, onLost: () => void): KeptLease {
    const kept: Kept = { claim, onLost, stage: 'start', toldAt: performance.now() };
    this.#kept.set(claim.token, kept);
    if (this.#thread) this.#tell({ kind: 'keep', claim, stage: kept.stage });
    else this.#start();
    return {
      progress: (stage) => this.#progress(kept, stage),
      release: () => {
        this.#kept.delete(claim.token);
        this.#tell({ kind: 'release', token: claim.token });
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#kept.clear();
    await this.#thread?.terminate();
  }

  #progress(kept: Kept, stage: string): void {
    const now = performance.now();
    if (stage === kept.stage && now - kept.toldAt < PROGRESS_EVERY_MS) return;
    kept.stage = stage;
    kept.toldAt = now;
    this.#tell({ kind: 'progress', token: kept.claim.token, stage });
  }

  #start(): void {
    const entry = compiled(new URL('./keeper-thread.js', import.meta.url));
    const thread = new Worker(entry, { execArgv: [], workerData: this.data });
    this.#thread = thread;
    // A thread keeps its process alive; this one is to end with the worker.
    thread.unref();
    thread.on('message', (message: FromKeeper) => this.#hear(message));
    thread.on('error', (error) => this.logger.error('the thread that keeps leases failed', { error: error.message }));
    thread.on('exit', () => {
      this.renewing = undefined;
      this.#thread = undefined;
      if (this.#closed) return;
      setTimeout(() => {
        if (!this.#closed && !this.#thread && this.#kept.size > 0) this.#start();
      }, RESTART_AFTER_MS).unref();
    });
    for (const { claim, stage } of this.#kept.values()) this.#tell({ kind: 'keep', claim, stage });
  }

  #hear(message: FromKeeper): void {
    if (message.kind === 'warning') this.logger.warn(message.message, message.facts);
    else if (message.kind === 'renewing') this.renewing = message.renewing;
    else {
      const kept = this.#kept.get(message.token);
      this.#kept.delete(message.token);
      kept?.onLost();
    }
  }

  #tell(message: ToKeeper): void {
    this.#thread?.postMessage(message);
  }
}
