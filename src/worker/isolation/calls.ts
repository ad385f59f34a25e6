import type { ChildJob, JobFields } from '../../broker/contract.js';
import { transferables } from '../../compute/transfer.js';
import type { ConsumerContext } from '../../consumer/context.js';
import type { ModelId, Tensor } from '../../models/contract.js';

type Call = (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** What an isolated consumer may ask its worker for, by name: all of its context that reaches out of the thread. */
export function callsOf(context: ConsumerContext): Readonly<Record<string, Call>> {
  const { broker, store, compute, models } = context.ports;
  const text = (value: unknown) => value as string;
  return {
    update: async ([fields]) => await context.update(fields as JobFields),
    uploading: async ([keys]) => await context.uploading(keys as string[]),
    addChildren: async ([children]) => await context.addChildren(children as ChildJob[]),
    'broker.read': async ([key]) => await broker.read(text(key)),
    'broker.listChildren': async ([key, names, from, count]) =>
      await broker.listChildren(text(key), names as string[], from as number, count as number),
    'broker.readCache': async ([key]) => await broker.readCache(text(key)),
    'broker.writeCache': async ([key, value, ttl]) => await broker.writeCache(text(key), text(value), ttl as number),
    'store.download': async ([key, file], signal) =>
      await store.download(text(key), text(file), { signal, onBytes: context.progress }),
    'store.upload': async ([file, key], signal) =>
      await store.upload(text(file), text(key), { signal, onBytes: context.progress }),
    'store.urlFor': async ([key]) => await store.urlFor(text(key)),
    'store.resolve': async ([reference], signal) => await store.resolve(text(reference), { signal }),
    'store.stat': async ([key], signal) => await store.stat(text(key), { signal }),
    'store.list': async ([prefix]) => await listed(store.list(text(prefix))),
    'store.delete': async ([key]) => await store.delete(text(key)),
    'compute.run': async ([module, args], signal) =>
      await compute.run(new URL(text(module)), args, { signal, transfer: transferables(args) }),
    'models.describe': async ([model], signal) =>
      await (await models()).describe(model as ModelId, { signal, onWait: context.waiting }),
    'models.predict': async ([model, inputs], signal) =>
      await (
        await models()
      ).predict(model as ModelId, inputs as Record<string, Tensor>, {
        signal,
        onWait: context.waiting,
      }),
    'models.ping': async (_none, signal) => await (await models()).ping({ signal }),
  };
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
