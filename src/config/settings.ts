import type { BrokerOptions } from '../broker/open.js';
import type { ConsumerSettings } from '../consumer/context.js';
import type { ModelsOptions } from '../models/contract.js';
import type { Plugin } from '../plugin/contract.js';
import type { StorageOptions } from '../storage/contract.js';
import type { WorkerSettings } from '../worker/worker-settings.js';

/** A plugin as the config file names it: npm package, path relative to the file, or the object itself. */
export type PluginReference = string | Plugin;

/** All settings of a run: present, checked, with units in their names, frozen. Nothing reads the environment after this. */
export interface Settings {
  /** Folder against which relative paths resolve: that of the config file, else the working directory. */
  readonly baseFolder: string;
  /** The config file that was used; undefined if there is none. */
  readonly configFile: string | undefined;
  readonly plugins: readonly PluginReference[];

  readonly broker: { readonly url: string; readonly options: BrokerOptions };
  readonly storage: { readonly url: string; readonly options: StorageOptions };
  /** `url` is undefined only where nothing was set for `run`, which then uses the bundled model. */
  readonly models: { readonly url: string | undefined; readonly options: ModelsOptions };

  /** `--type`, else `CONSUMER_TYPE`. */
  readonly consumerType: string;
  /** `--queue`, else `QUEUE`; undefined: the type's own default. */
  readonly queue: string | undefined;
  readonly concurrency: number;
  /** Worker name on the wire: `HOSTNAME`, else the machine's name; no `:` in it. */
  readonly hostname: string;
  /** Threads for numeric work. */
  readonly threads: number;

  readonly worker: WorkerSettings;
  /** What reaches consumers. */
  readonly consumer: ConsumerSettings;
  /** `consumers.<type>` of the config file, unchecked: each class checks its own. */
  readonly consumers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly logging: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'text' | 'json' | 'auto' };
  /** Where the worker's health can be asked for; undefined: nowhere. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
}
