import type { BrokerOptions } from '../broker/open.js';
import type { ConsumerSettings } from '../consumer/context.js';
import type { ModelsOptions } from '../models/contract.js';
import type { Plugin } from '../plugin/contract.js';
import type { StorageOptions } from '../storage/contract.js';

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

  readonly worker: WorkerSettings;
  /** What reaches consumers. */
  readonly consumer: ConsumerSettings;
  /** `consumers.<type>` of the config file, unchecked: each class checks its own. */
  readonly consumers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly logging: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'text' | 'json' | 'auto' };
}

export interface WorkerSettings {
  /** A claim holds this long unless renewed. Default 5 s. */
  readonly leaseMs: number;
  /** How often a claim is renewed and `updated_at` touched; well below the janitor's 15 s. */
  readonly renewEveryMs: number;
  /** How often jobs of silent workers are looked for (`INTERVAL`). */
  readonly sweepEveryMs: number;
  /** Upper bound of one blocking wait on an empty queue (`EMPTY_QUEUE_TIMEOUT`). */
  readonly emptyQueueTimeoutMs: number;
  /** Jobs of other programs are adopted after this much silence of their `updated_at`. Default 15 min. */
  readonly foreignSilenceMs: number;
  /** A job without progress for this long is aborted. Default 5 min. */
  readonly deadlineMs: number;
  /** Attempts of one job, the first included, before a failure that may be retried becomes final. */
  readonly maxAttempts: number;
  /** Base of the pause between attempts. */
  readonly retryBackoffMs: number;
  /** After SIGTERM, how long jobs in hand may take before they are given back. Default 25 s. */
  readonly drainTimeoutMs: number;
  /** How long a service that is away is waited for (`maxWait`). Default 10 min; `run`: 30 s. */
  readonly maxWaitMs: number;
}
