import type { ChildCounts, JobFields } from '../../broker/contract.js';
import type { PackedError } from '../../compute/error-transport.js';
import type { ConsumerSettings } from '../../consumer/context.js';
import type { Job } from '../../consumer/job.js';
import type { OptionValues } from '../../consumer/options.js';

/** How a consumer is kept apart from the worker. */
export interface Isolation {
  /** The module of its plugin; undefined for those built in. */
  readonly file: string | undefined;
  readonly type: string;
  readonly memoryLimitMB: number | undefined;
}

/** A plugin's functions with the addresses of their modules as text. */
export type FunctionAddresses = Readonly<Record<string, { readonly module: string; readonly summary?: string }>>;

/** All of a consumer's context that can be copied; the thread makes the rest. */
export interface ThreadStart {
  readonly isolation: Isolation;
  readonly job: Pick<Job, 'key' | 'fields' | 'attempt'>;
  readonly folder: string;
  readonly host: string;
  readonly settings: ConsumerSettings;
  readonly options: OptionValues;
  readonly functions: { readonly preprocess: FunctionAddresses; readonly postprocess: FunctionAddresses };
  readonly queue: string;
  readonly children: ChildCounts | undefined;
  /** Key of the archive that the try makes. */
  readonly archive: string;
  readonly addresses: { readonly broker: string; readonly store: string; readonly bucket: string };
  readonly computeThreads: number;
}

/** From the thread of a consumer to its worker. */
export type FromConsumer =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'progress'; readonly stage: string }
  | { readonly kind: 'waiting'; readonly reason: string; readonly waitedMs: number }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly facts: Record<string, unknown> | undefined;
    }
  | { readonly kind: 'result'; readonly fields: JobFields; readonly waits: boolean }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'too-much-memory' };

/** From the worker to the thread. */
export type ToConsumer =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PackedError }
  | { readonly kind: 'abort'; readonly reason: PackedError };
