import type { Consumer } from '../consumer/consumer.js';
import type { ConsumerContext, Ports } from '../consumer/context.js';
import type { Job } from '../consumer/job.js';
import type { ConsumerClass } from '../plugin/contract.js';
import type { TestRuntime } from './runtime.js';

/** What was seen of a consumer while it worked. */
export interface Observation {
  /** Its job's folder. */
  folder: string | undefined;
  /** Settles with its `consume`, whatever the runtime has made of the job by then; undefined before it began. */
  ended: Promise<void> | undefined;
}

/** The class, watched. */
export function observed(consumerClass: ConsumerClass): { observation: Observation; watched: ConsumerClass } {
  const observation: Observation = { folder: undefined, ended: undefined };
  const watched = around(consumerClass, (consume, context) => {
    observation.folder = context.folder;
    const result = consume();
    observation.ended = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  });
  return { observation, watched };
}

type Result = ReturnType<Consumer['consume']>;

/** A class whose `consume` is put around that of another one. */
export function around(
  consumerClass: ConsumerClass,
  wrap: (consume: () => Result, context: ConsumerContext) => Result,
): ConsumerClass {
  const { consume } = (consumerClass as unknown as { readonly prototype: Consumer }).prototype;
  return class extends consumerClass {
    override consume(job: Job): Result {
      return wrap(async () => await consume.call(this, job), this.context);
    }
  };
}

/** Told before each call that a consumer makes of the world: `store.upload`, say. What it throws, the call throws. */
export type OnCall = (call: string, args: readonly unknown[]) => Promise<void> | void;

/** The runtime, telling of each call. */
export function tapped(runtime: TestRuntime, onCall: OnCall): TestRuntime {
  const { broker, store, compute, models } = runtime.ports;
  const ports: Ports = {
    broker: tap(broker, 'broker', ['update'], onCall),
    store: tap(store, 'store', ['resolve', 'download', 'upload', 'urlFor', 'delete', 'stat'], onCall),
    compute: tap(compute, 'compute', ['run'], onCall),
    models: async () => tap(await models(), 'models', ['describe', 'predict'], onCall),
  };
  return { ...runtime, ports, runOf: (consumerClass) => ({ ...runtime.runOf(consumerClass), ports }) };
}

type Method = (...args: unknown[]) => Promise<unknown>;

function tap<Port extends object>(port: Port, name: string, methods: readonly string[], onCall: OnCall): Port {
  return new Proxy(port, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as Method;
      if (!methods.includes(String(key))) return method;
      return async (...args: unknown[]) => {
        await onCall(`${name}.${String(key)}`, args);
        return await method(...args);
      };
    },
  });
}
