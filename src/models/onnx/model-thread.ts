import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { compiled } from '../../compute/compiled.js';
import { unpackError } from '../../compute/error-transport.js';
import { transferables } from '../../compute/transfer.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { aborted } from '../abort.js';
import { RunInHand } from './run-in-hand.js';
import type { ThreadAnswers, ThreadReply, ThreadSettings, ThreadTask } from './messages.js';

export interface TaskOptions {
  readonly signal: AbortSignal | undefined;
  /** The thread is stopped if a task takes longer. */
  readonly timeoutMs: number;
}

interface QueuedTask {
  readonly task: ThreadTask;
  readonly timeoutMs: number;
  readonly resolve: (value: ThreadAnswers[keyof ThreadAnswers]) => void;
  readonly reject: (error: Error) => void;
}

/** How long an end of the client or the process waits for a run that cannot be cut short: several times one item. */
const CLOSE_WAIT_MS = 30_000;

/**
 * The thread that runs models, from outside. It gets one task at a time, so that a task that is given up while it
 * waits costs nothing.
 *
 * A caller who gives up is let go at once, but a native run cannot be cut short, and stopping its thread meanwhile
 * would crash the whole process: it runs to its end unseen, and the next task waits for it. So does the end of the
 * process. WebAssembly is just stopped.
 */
export class OnnxThread {
  private worker: Worker | undefined;
  private waiting: QueuedTask[] = [];
  private running: QueuedTask | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Whether the thread may be stopped while it runs a model. */
  private interruptible = false;
  private closed = false;
  private readonly inHand = new RunInHand();

  constructor(private readonly settings: Omit<ThreadSettings, 'inHand'>) {}

  /**
   * The arrays of the task are moved, not copied: they are unusable afterwards.
   * @throws {KioskError} what the thread threw; `KC_ABORTED`; `KC_MODEL_FAILED` (retry `later`) if the thread died
   */
  async perform<K extends ThreadTask['kind']>(
    task: ThreadTask & { kind: K },
    { signal, timeoutMs }: TaskOptions,
  ): Promise<ThreadAnswers[K]> {
    if (signal?.aborted) throw aborted(signal);
    if (this.closed) throw new KioskError('KC_INTERNAL', 'The models were closed while they were in use.');
    const { promise, resolve, reject } = promiseParts<ThreadAnswers[keyof ThreadAnswers]>();
    const queued: QueuedTask = { task, timeoutMs, resolve, reject };
    const cancel = (): void => this.giveUp(queued, aborted(signal));
    signal?.addEventListener('abort', cancel, { once: true });
    this.waiting.push(queued);
    this.next();
    try {
      return (await promise) as ThreadAnswers[K];
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const error = new KioskError('KC_ABORTED', 'The models were closed while they were in use.');
    for (const queued of this.waiting.splice(0)) queued.reject(error);
    process.off('exit', this.beforeExit);
    const { worker } = this;
    if (!worker) return;
    const busy = this.running !== undefined && !this.interruptible;
    this.running?.reject(error);
    if (busy) await Promise.race([once(worker, 'message'), sleep(CLOSE_WAIT_MS, undefined, { ref: false })]);
    this.settled();
    this.worker = undefined;
    await worker.terminate();
  }

  private next(): void {
    if (this.running || this.closed) return;
    const queued = this.waiting.shift();
    if (!queued) {
      this.worker?.unref(); // an idle thread keeps no process alive
      return;
    }
    this.running = queued;
    this.worker ??= this.start();
    this.worker.ref();
    this.timer = setTimeout(() => this.abandon(tooSlow(queued.timeoutMs)), queued.timeoutMs);
    this.inHand.begin(); // ended by the thread
    this.worker.postMessage(queued.task, transferables(queued.task));
  }

  private readonly beforeExit = (): void => {
    if (this.running && !this.interruptible) this.inHand.waitForEnd(CLOSE_WAIT_MS);
  };

  private start(): Worker {
    const workerData: ThreadSettings = { ...this.settings, inHand: this.inHand.shared };
    const worker = new Worker(compiled(new URL('./session-thread.js', import.meta.url)), {
      workerData,
      execArgv: [], // options of the main program, --input-type for one, need not suit a thread
    });
    process.off('exit', this.beforeExit).on('exit', this.beforeExit);
    worker.on('message', (reply: ThreadReply) => {
      if (worker !== this.worker) return;
      this.interruptible = reply.interruptible;
      const queued = this.settled();
      if (reply.ok) queued?.resolve(reply.value);
      else queued?.reject(unpackError(reply.error));
      this.next();
    });
    const died = (cause: unknown): void => {
      if (worker !== this.worker) return;
      this.worker = undefined;
      this.settled()?.reject(threadDied(cause));
      this.next();
    };
    worker.on('error', died);
    worker.on('exit', (code) => died(`exit code ${code}`));
    return worker;
  }

  private settled(): QueuedTask | undefined {
    const queued = this.running;
    this.running = undefined;
    clearTimeout(this.timer);
    return queued;
  }

  private giveUp(queued: QueuedTask, error: KioskError): void {
    queued.reject(error);
    if (this.running !== queued) this.waiting = this.waiting.filter((each) => each !== queued);
    else if (this.interruptible) this.abandon(error);
  }

  /** Fails the task that runs and goes on with another thread; this one is stopped as soon as that is safe. */
  private abandon(error: KioskError): void {
    const { worker } = this;
    this.worker = undefined;
    this.settled()?.reject(error);
    worker?.unref();
    if (this.interruptible) void worker?.terminate();
    else worker?.once('message', () => void worker.terminate());
    this.next();
  }
}

function promiseParts<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

function tooSlow(timeoutMs: number): KioskError {
  return new KioskError('KC_MODEL_FAILED', `The model did not answer within ${timeoutMs / 1000} s and was stopped.`, {
    retry: 'later',
    hint: 'use smaller tiles, or a model server with a GPU',
  });
}

function threadDied(cause: unknown): KioskError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new KioskError(
    'KC_MODEL_FAILED',
    `The thread that runs models ended (${what}).`,
    {
      retry: 'later',
      hint: 'memory may have run out: use smaller tiles or a lower --concurrency',
    },
    { cause },
  );
}
