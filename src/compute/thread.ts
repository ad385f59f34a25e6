import { parentPort } from 'node:worker_threads';
import type { Kernel } from './contract.js';
import { packError, type PackedError } from './error-transport.js';
import { transferables } from './transfer.js';

/** One piece of work for a thread: the module whose default export to call, and its arguments. */
export interface Task {
  readonly module: string;
  readonly args: unknown;
}

export type TaskAnswer = { readonly result: unknown } | { readonly error: PackedError };

// The entry of a pool thread: one task at a time, in the order in which they come.
parentPort?.on('message', (task: Task) => {
  void run(task).then(
    (result) => parentPort?.postMessage({ result } satisfies TaskAnswer, transferables(result)),
    (error: unknown) => parentPort?.postMessage({ error: packError(error) } satisfies TaskAnswer),
  );
});

async function run(task: Task): Promise<unknown> {
  const { default: kernel } = (await import(task.module)) as { default?: unknown };
  if (typeof kernel !== 'function') throw new TypeError(`${task.module} has no function as its default export`);
  return await (kernel as Kernel)(task.args);
}
