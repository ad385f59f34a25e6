import type { MessagePort } from 'node:worker_threads';
import type { Broker } from '../../broker/contract.js';
import { unpackError } from '../../compute/error-transport.js';
import type { Compute } from '../../compute/contract.js';
import type { ConsumerContext, Logger, PluginFunctions } from '../../consumer/context.js';
import { abortReason } from '../../consumer/patience.js';
import type { PredictClient } from '../../models/contract.js';
import type { ObjectInfo, ObjectStore } from '../../storage/contract.js';
import { resultKeys } from '../upload-record.js';
import type { FromConsumer, FunctionAddresses, ThreadStart, ToConsumer } from './messages.js';

/** Asks the worker for something; the arguments are copied, but for `transfer`. */
type Call = <Result>(
  name: string,
  args: readonly unknown[],
  how?: { readonly signal?: AbortSignal | undefined; readonly transfer?: readonly ArrayBuffer[] | undefined },
) => Promise<Result>;

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A consumer's context on the thread's side: what it can copy it has, for the rest it asks the worker. */
export function threadContext(start: ThreadStart, port: MessagePort): ConsumerContext {
  const { job, folder, host, settings, options, queue, children } = start;
  const aborting = new AbortController();
  const call = callsOver(port, aborting);
  const tell = (message: FromConsumer): void => port.postMessage(message);
  const models = remoteModels(call);
  const stages: ConsumerContext['stages'] = { current: 'start', seconds: new Map() };
  return {
    job: { ...job, signal: aborting.signal },
    folder,
    type: start.isolation.type,
    host,
    settings,
    options,
    queue,
    children,
    stages,
    functions: {
      preprocess: modulesOf(start.functions.preprocess),
      postprocess: modulesOf(start.functions.postprocess),
    },
    logger: loggerOver(tell),
    ports: {
      broker: remoteBroker(start, call),
      store: remoteStore(start, call),
      compute: remoteCompute(start, call),
      models: async () => models,
    },
    update: async (fields) => await call('update', [fields]),
    uploading: async (keys) => await call('uploading', [keys]),
    addChildren: async (made) => await call('addChildren', [made]),
    resultKey: resultKeys(start.archive),
    progress: () => tell({ kind: 'progress', stage: stages.current }),
    waiting: (reason, waitedMs) => tell({ kind: 'waiting', reason, waitedMs }),
  };
}

function callsOver(port: MessagePort, aborting: AbortController): Call {
  const pending = new Map<number, Pending>();
  let made = 0;
  port.on('message', (message: ToConsumer) => {
    if (message.kind === 'abort') return aborting.abort(unpackError(message.reason));
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.result as never);
    else waiting?.reject(unpackError(message.error));
  });
  return async (name, args, { signal, transfer = [] } = {}) => {
    if (signal?.aborted) throw abortReason(signal);
    const id = ++made;
    const cancel = (): void => port.postMessage({ kind: 'cancel', id } satisfies FromConsumer);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        port.postMessage({ kind: 'call', id, name, args } satisfies FromConsumer, [...new Set(transfer)]);
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  };
}

/** Reading alone: what is written goes through the context. */
function remoteBroker({ addresses }: ThreadStart, call: Call): Broker {
  const broker: Pick<Broker, 'address' | 'read' | 'listChildren' | 'readCache' | 'writeCache'> = {
    address: addresses.broker,
    read: async (...args) => await call('broker.read', args),
    listChildren: async (...args) => await call('broker.listChildren', args),
    readCache: async (...args) => await call('broker.readCache', args),
    writeCache: async (...args) => await call('broker.writeCache', args),
  };
  return broker as Broker;
}

function remoteStore({ addresses }: ThreadStart, call: Call): ObjectStore {
  return {
    address: addresses.store,
    bucket: addresses.bucket,
    download: async (key, file, { signal } = {}) => await call('store.download', [key, file], { signal }),
    upload: async (file, key, { signal } = {}) => await call('store.upload', [file, key], { signal }),
    urlFor: async (key) => await call('store.urlFor', [key]),
    resolve: async (reference, { signal } = {}) => await call('store.resolve', [reference], { signal }),
    stat: async (key, { signal } = {}) => await call('store.stat', [key], { signal }),
    list: async function* list(prefix) {
      yield* await call<ObjectInfo[]>('store.list', [prefix]);
    },
    delete: async (key) => await call('store.delete', [key]),
    close: async () => undefined,
  };
}

function remoteCompute({ computeThreads }: ThreadStart, call: Call): Compute {
  return {
    threads: computeThreads,
    run: async (module, args, { signal, transfer } = {}) =>
      await call('compute.run', [module.href, args], { signal, transfer }),
    close: async () => undefined,
  };
}

function remoteModels(call: Call): PredictClient {
  return {
    address: 'the worker',
    describe: async (model, { signal } = {}) => await call('models.describe', [model], { signal }),
    predict: async (model, inputs, { signal } = {}) => await call('models.predict', [model, inputs], { signal }),
    ping: async ({ signal } = {}) => await call('models.ping', [], { signal }),
    close: async () => undefined,
  };
}

function loggerOver(tell: (message: FromConsumer) => void): Logger {
  const at = (level: keyof Logger) => (message: string, facts?: Record<string, unknown>) =>
    tell({ kind: 'log', level, message, facts });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function modulesOf(addresses: FunctionAddresses): PluginFunctions['preprocess'] {
  const entries = Object.entries(addresses).map(([name, one]) => [name, { ...one, module: new URL(one.module) }]);
  return Object.fromEntries(entries) as PluginFunctions['preprocess'];
}
