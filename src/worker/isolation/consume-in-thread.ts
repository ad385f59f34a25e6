import { Worker } from 'node:worker_threads';
import type { JobFields } from '../../broker/contract.js';
import { compiled } from '../../compute/compiled.js';
import { packError, unpackError } from '../../compute/error-transport.js';
import { transferables } from '../../compute/transfer.js';
import { WaitForChildren } from '../../consumer/children.js';
import type { ConsumerContext, PluginFunctions } from '../../consumer/context.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { exitCalled, memoryExceeded, strayError } from '../plugin-faults.js';
import { callsOf } from './calls.js';
import type { FromConsumer, FunctionAddresses, Isolation, ThreadStart, ToConsumer } from './messages.js';

/** How long an aborted consumer has to tidy up before its thread is ended. */
const ABORT_GRACE_MS = 500;

/**
 * Lets a consumer do its job in a thread of its own, which ends with it: whatever it throws, however late, whether it calls
 * `process.exit`, loops for ever or takes too much memory, the thread is all that it harms.
 * @param archive key of the archive that the try makes
 */
export async function consumeInThread(
  isolation: Isolation,
  context: ConsumerContext,
  archive: string,
): Promise<JobFields | WaitForChildren> {
  const { memoryLimitMB } = isolation;
  const thread = new Worker(compiled(new URL('./consumer-thread.js', import.meta.url)), {
    execArgv: [],
    workerData: startOf(isolation, context, archive),
    ...(memoryLimitMB !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryLimitMB } }),
  });
  const { signal } = context.job;
  const abort = (): void => {
    thread.postMessage({ kind: 'abort', reason: packError(signal.reason) } satisfies ToConsumer);
    setTimeout(() => void thread.terminate(), ABORT_GRACE_MS).unref();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await resultOf(thread, isolation, context);
  } finally {
    if (!signal.aborted) await thread.terminate();
    signal.removeEventListener('abort', abort);
  }
}

async function resultOf(
  thread: Worker,
  { memoryLimitMB }: Isolation,
  context: ConsumerContext,
): Promise<JobFields | WaitForChildren> {
  const answer = answering(thread, context);
  return await new Promise((resolve, reject) => {
    thread.on('message', (message: FromConsumer) => {
      if (message.kind === 'result') resolve(message.waits ? new WaitForChildren(message.fields) : message.fields);
      else if (message.kind === 'failed') reject(unpackError(message.error));
      else if (message.kind === 'too-much-memory') reject(memoryExceeded(memoryLimitMB));
      else answer(message);
    });
    thread.on('messageerror', reject);
    thread.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? memoryExceeded(memoryLimitMB, error) : strayError(error));
    });
    thread.on('exit', (code) => reject(exitCalled(code)));
  });
}

type Request = Exclude<FromConsumer, { kind: 'result' | 'failed' | 'too-much-memory' }>;

/** Does what the thread asks for. */
function answering(thread: Worker, context: ConsumerContext): (message: Request) => void {
  const calls = callsOf(context);
  const underWay = new Map<number, AbortController>();
  const call = async ({ id, name, args }: Extract<Request, { kind: 'call' }>): Promise<void> => {
    const own = new AbortController();
    underWay.set(id, own);
    try {
      const work = calls[name];
      if (work === undefined) throw new KioskError('KC_INTERNAL', `A consumer in a thread cannot call ${name}.`);
      const result = await work(args, AbortSignal.any([context.job.signal, own.signal]));
      thread.postMessage({ kind: 'answer', id, result } satisfies ToConsumer, transferables(result));
    } catch (error) {
      thread.postMessage({ kind: 'refusal', id, error: packError(error) } satisfies ToConsumer);
    } finally {
      underWay.delete(id);
    }
  };
  return (message) => {
    if (message.kind === 'call') void call(message);
    else if (message.kind === 'cancel') underWay.get(message.id)?.abort();
    else if (message.kind === 'log') context.logger[message.level](message.message, message.facts);
    else if (message.kind === 'waiting') context.waiting(message.reason, message.waitedMs);
    else {
      context.stages.current = message.stage;
      context.progress();
    }
  };
}

function startOf(isolation: Isolation, context: ConsumerContext, archive: string): ThreadStart {
  const { job, folder, host, settings, options, functions, queue, children, ports } = context;
  return {
    isolation,
    job: { key: job.key, fields: job.fields, attempt: job.attempt },
    folder,
    host,
    settings,
    options,
    functions: { preprocess: addressesOf(functions.preprocess), postprocess: addressesOf(functions.postprocess) },
    queue,
    children,
    archive,
    addresses: { broker: ports.broker.address, store: ports.store.address, bucket: ports.store.bucket },
    computeThreads: ports.compute.threads,
  };
}

function addressesOf(functions: PluginFunctions['preprocess']): FunctionAddresses {
  const entries = Object.entries(functions).map(([name, one]) => [name, { ...one, module: one.module.href }]);
  return Object.fromEntries(entries) as FunctionAddresses;
}
