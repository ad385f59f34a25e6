import type { Broker, Claim, ClaimOptions } from '../broker/contract.js';
import type { Logger } from '../consumer/context.js';

interface Kept {
  readonly claim: Claim;
  readonly onLost: () => void;
  renewing: boolean;
}

/**
 * Renews the leases of all claims in hand and touches their `updated_at`, every few seconds, until they are released.
 * A broker that is away is asked again at the next beat: whether the claim still holds only the broker can say.
 */
export class LeaseKeeper {
  readonly #kept = new Set<Kept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly broker: Broker,
    private readonly lease: ClaimOptions,
    private readonly renewEveryMs: number,
    private readonly logger: Logger,
  ) {}

  /** Keeps a claim; `onLost` is called once if another worker holds the job. @returns the release, to be called when it is settled */
  keep(claim: Claim, onLost: () => void): () => void {
    const kept: Kept = { claim, onLost, renewing: false };
    this.#kept.add(kept);
    this.#timer ??= setInterval(() => this.#renewAll(), this.renewEveryMs);
    return () => {
      this.#kept.delete(kept);
      if (this.#kept.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #renewAll(): void {
    for (const kept of this.#kept) {
      if (!kept.renewing) void this.#renew(kept);
    }
  }

  async #renew(kept: Kept): Promise<void> {
    kept.renewing = true;
    try {
      const held = await this.broker.renew(kept.claim, this.lease);
      if (!held && this.#kept.delete(kept)) kept.onLost();
    } catch (error) {
      this.logger.warn('a lease could not be renewed; trying again', { job: kept.claim.key, error: String(error) });
    } finally {
      kept.renewing = false;
    }
  }
}
