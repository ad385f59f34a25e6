import type { BrokerAddress } from '../../broker/open.js';
import type { Claim } from '../../broker/contract.js';
import type { LeaseSettings } from './contract.js';

/** What the thread needs to renew leases over a connection of its own. */
export interface KeeperThreadData extends LeaseSettings, BrokerAddress {
  /** A job without progress for this long is the event loop's to stop; much longer, and the event loop does not turn. */
  readonly deadlineMs: number;
}

/** From the worker to the thread. */
export type ToKeeper =
  | { readonly kind: 'keep'; readonly claim: Claim; readonly stage: string }
  | { readonly kind: 'progress'; readonly token: string; readonly stage: string }
  | { readonly kind: 'release'; readonly token: string };

/** From the thread to the worker. */
export type FromKeeper =
  | { readonly kind: 'lost'; readonly token: string }
  | { readonly kind: 'renewing'; readonly renewing: boolean | undefined }
  | { readonly kind: 'warning'; readonly message: string; readonly facts: Record<string, unknown> };
