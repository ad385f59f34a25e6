import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { abortError } from '../errors/abort-error.js';
import { KioskError } from '../errors/kiosk-error.js';
import { compiled } from './compiled.js';
import type { Compute, ComputeOptions } from './contract.js';
import { unpackError } from './error-transport.js';
import type { Task, TaskAnswer } from './thread.js';

interface PendingTask {
  readonly task: Task;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One core is left to the event loop, which moves bytes while the threads count pixels. */
export function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * A pool of worker threads, started one by one as work comes, first in first out. An idle thread does not keep the
 * process alive. A thread that dies or is stopped fails its own task only and is replaced.
 */
export function createCompute(options: { readonly threads?: number } = {}): Compute {
  return new ThreadPool(Math.max(1, options.threads ?? defaultThreads()));
}

class ThreadPool implements Compute {
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, PendingTask>();
  readonly #queue: PendingTask[] = [];
  #closed = false;

  constructor(readonly threads: number) {}

  async run<Result>(module: URL, args: unknown, options: ComputeOptions = {}): Promise<Result> {
    const { signal } = options;
    if (this.#closed) throw new KioskError('KC_INTERNAL', 'The thread pool is closed; no work can be given to it.');
    throwIfAborted(signal);
    let pending: PendingTask | undefined;
    const done = new Promise<unknown>((resolve, reject) => {
      pending = {
        task: { module: compiled(module).href, args },
        transfer: [...new Set(options.transfer)],
        resolve,
        reject,
      };
      this.#queue.push(pending);
    });
    const onAbort = () => this.#abort(pending!, stopped(signal!));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#dispatch();
    try {
      return (await done) as Result;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = new KioskError('KC_ABORTED', 'The thread pool was closed while work was under way.');
    for (const pending of this.#queue.splice(0)) pending.reject(closed);
    for (const pending of this.#busy.values()) pending.reject(closed);
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    this.#busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#busy.size < this.threads ? this.#start() : undefined);
      if (!worker) return;
      const pending = this.#queue.shift()!;
      this.#busy.set(worker, pending);
      worker.ref();
      try {
        worker.postMessage(pending.task, pending.transfer);
      } catch (error) {
        // Arguments that cannot be cloned: the caller's fault, the thread is as good as before.
        this.#finish(worker)?.reject(error);
      }
    }
  }

  #start(): Worker {
    const worker = new Worker(compiled(new URL('./thread.js', import.meta.url)), { execArgv: [] });
    worker.on('message', (answer: TaskAnswer) => {
      const pending = this.#finish(worker);
      if ('error' in answer) pending?.reject(unpackError(answer.error));
      else pending?.resolve(answer.result);
      this.#dispatch();
    });
    worker.on('error', (error) => this.#drop(worker, threadError(error)));
    worker.on('exit', (code) => this.#drop(worker, threadError(new RangeError(`the thread ended with code ${code}`))));
    return worker;
  }

  /** The worker is idle again; gives back what it was doing. */
  #finish(worker: Worker): PendingTask | undefined {
    const pending = this.#busy.get(worker);
    if (!pending) return undefined;
    this.#busy.delete(worker);
    worker.unref();
    this.#idle.push(worker);
    return pending;
  }

  /** The worker is no more. */
  #drop(worker: Worker, error: Error): void {
    const index = this.#idle.indexOf(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    const pending = this.#busy.get(worker);
    this.#busy.delete(worker);
    pending?.reject(error);
    this.#dispatch();
  }

  #abort(pending: PendingTask, error: Error): void {
    const queued = this.#queue.indexOf(pending);
    if (queued >= 0) this.#queue.splice(queued, 1);
    for (const [worker, running] of this.#busy) {
      if (running !== pending) continue;
      this.#busy.delete(worker);
      void worker.terminate();
    }
    pending.reject(error);
    this.#dispatch();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw stopped(signal);
}

function stopped(signal: AbortSignal): KioskError {
  return abortError(signal, 'The work was stopped before it ended.');
}

function threadError(error: Error): KioskError {
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return new KioskError(
    'KC_FUNCTION_FAILED',
    outOfMemory
      ? 'A processing thread ran out of memory.'
      : `A processing thread ended in the middle of its work: ${error.message}.`,
    {
      hint: outOfMemory
        ? 'Use a smaller image, or give the process more memory (NODE_OPTIONS=--max-old-space-size).'
        : 'Look at the cause; the job can be tried again.',
      retry: 'later',
    },
    { cause: error },
  );
}
