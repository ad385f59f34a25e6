import type { BrokerAddress } from '../../broker/open.js';
import type { JobOutcome } from '../execute-job.js';
import type { WorkerState } from '../worker.js';

/** What a worker tells the thread that answers questions about its health. */
export type HealthEvent =
  | {
      readonly kind: 'beat';
      readonly state: WorkerState;
      readonly inFlight: number;
      /** The worst delay of the event loop since the last beat. */
      readonly lagSeconds: number;
      /** Whether the broker takes renewals of leases; undefined while no job is in hand. */
      readonly renewing: boolean | undefined;
    }
  | {
      readonly kind: 'ended';
      readonly status: JobOutcome['status'];
      readonly setAside: boolean;
      readonly seconds: number;
      readonly stageSeconds: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'reclaimed'; readonly count: number }
  /** A job is tried again; the reason is an error code, or the class of an error that is not ours. */
  | { readonly kind: 'retry'; readonly reason: string };

/** What the thread needs. */
export interface HealthThreadData {
  readonly host: string;
  readonly port: number;
  readonly type: string;
  readonly queue: string;
  /** Where the broker can be opened once more; without it nothing is said of the queue. */
  readonly broker: BrokerAddress | undefined;
  /** An event loop that has been silent for this long will not turn any more. */
  readonly hangMs: number;
}
