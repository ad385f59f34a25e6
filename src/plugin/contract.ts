import type { BrokerFactory } from '../broker/open.js';
import type { Consumer } from '../consumer/consumer.js';
import type { ConsumerContext, FunctionModule } from '../consumer/context.js';
import type { OptionSpecs } from '../consumer/options.js';
import type { ModelsFactory } from '../models/open.js';
import type { StorageFactory } from '../storage/open.js';

/** The contract between a plugin and the runtime. A plugin made for another version is refused by name when it is loaded. */
export const PLUGIN_API_VERSION = 1;

/** A consumer class: what can be known of it without running it stands in its static fields. */
export interface ConsumerClass {
  new (context: ConsumerContext): Consumer;
  /** One line for `plugins list`. */
  readonly summary?: string;
  /** Options under `consumers.<type>`, checked before the first job. */
  readonly options?: OptionSpecs;
  /** The queue that is consumed unless `--queue` or `QUEUE` says otherwise. Default: the type's own name. */
  readonly defaultQueue?: string;
  /** Added to the name of the queue, whoever chose it: `-zip` for archives of the jobs of that queue. */
  readonly queueSuffix?: string;
}

/** What a plugin package exports by default. */
export interface Plugin {
  /** The package's name, or any name that tells it apart from others. */
  readonly name: string;
  readonly version?: string;
  readonly apiVersion: 1;
  /** Job type to the class that does it. */
  readonly consumers?: Readonly<Record<string, ConsumerClass>>;
  /** Processing functions that jobs may name in `preprocess_function`. */
  readonly preprocess?: Readonly<Record<string, FunctionModule>>;
  /** Processing functions that jobs may name in `postprocess_function`. */
  readonly postprocess?: Readonly<Record<string, FunctionModule>>;
  /** Drivers for further URL schemes, by scheme without the colon. */
  readonly brokers?: Readonly<Record<string, BrokerFactory>>;
  readonly stores?: Readonly<Record<string, StorageFactory>>;
  readonly models?: Readonly<Record<string, ModelsFactory>>;
}

/** Gives a plugin its type; returns it unchanged. Checked when it is loaded, not here. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
