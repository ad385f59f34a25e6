import type { Claim, ClaimNote, ClaimOptions } from '../../broker/contract.js';

/** Keeps the leases of claims in hand: renews them, and touches `updated_at`, until they are released. */
export interface LeaseKeeper {
  /** @param onLost called once if the claim is no longer this worker's: taken over, cancelled, or its hash gone */
  keep(claim: Claim, onLost: () => void): KeptLease;
  /** Whether the broker took the renewals of late; undefined while nothing is kept. */
  readonly renewing: boolean | undefined;
  close(): Promise<void>;
}

export interface KeptLease {
  /** Says that the job moves, and where it is. */
  progress(stage: string): void;
  /** To be called when the claim is settled or given up; nothing is renewed afterwards. */
  release(): void;
}

export interface LeaseSettings {
  readonly lease: ClaimOptions;
  readonly renewEveryMs: number;
}

/** The note that travels with a renewal. */
export function noteOf(stage: string): ClaimNote {
  return { stage, memoryMB: Math.round(process.memoryUsage.rss() / 1e6) };
}
