import type { Broker, Claim } from '../../broker/contract.js';
import { messageOf } from '../../errors/message-of.js';
import { noteOf, type KeptLease, type LeaseKeeper, type LeaseSettings } from './contract.js';

interface Kept {
  readonly claim: Claim;
  readonly onLost: () => void;
  stage: string;
  renewing: boolean;
}

/**
 * Renews on the event loop that it runs in. A broker that is away is asked again at the next beat: whether the claim still
 * holds only the broker can say.
 */
export class LoopKeeper implements LeaseKeeper {
  renewing: boolean | undefined;
  readonly #kept = new Set<Kept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly broker: Broker,
    private readonly settings: LeaseSettings,
    private readonly warn: (message: string, facts: Record<string, unknown>) => void,
  ) {}

  keep(claim: Claim, onLost: () => void): KeptLease {
    const kept: Kept = { claim, onLost, stage: 'start', renewing: false };
    this.#kept.add(kept);
    this.#timer ??= setInterval(() => this.#renewAll(), this.settings.renewEveryMs);
    return {
      progress: (stage) => (kept.stage = stage),
      release: () => this.#release(kept),
    };
  }

  async close(): Promise<void> {
    for (const kept of this.#kept) this.#release(kept);
  }

  #release(kept: Kept): void {
    this.#kept.delete(kept);
    if (this.#kept.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.renewing = undefined;
  }

  #renewAll(): void {
    for (const kept of this.#kept) {
      if (!kept.renewing) void this.#renew(kept);
    }
  }

  async #renew(kept: Kept): Promise<void> {
    kept.renewing = true;
    try {
      const held = await this.broker.renew(kept.claim, this.settings.lease, { note: noteOf(kept.stage) });
      this.renewing = true;
      if (held || !this.#kept.has(kept)) return;
      this.#release(kept);
      kept.onLost();
    } catch (error) {
      this.renewing = false;
      this.warn('a lease could not be renewed; trying again', { job: kept.claim.key, error: messageOf(error) });
    } finally {
      kept.renewing = false;
    }
  }
}
