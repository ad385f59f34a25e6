import type { Redis } from 'ioredis';
import type { WaitOptions } from '../contract.js';
import type { BrokerSettings } from '../options.js';
import { WaitingRoom } from '../waiting-room.js';
import { RedisLink } from './link.js';
import { isUnknownCommand } from './redis-errors.js';
import type { RedisTarget } from './target.js';

/** Servers before 6.2 cannot wake us: their queues are looked at this often. */
const POLL_EVERY_MS = 100;
/** To the server, a time of zero means for ever. */
const SHORTEST_BLOCK_MS = 50;

/**
 * Wakes who waits for a job of one queue; all of this process share one blocked connection.
 *
 * `BLMOVE q q RIGHT RIGHT` blocks until the queue holds something, then moves its last entry to where it was: it
 * changes nothing. Taking the job is the claim script's business, so nothing can be lost between the two.
 */
export class QueueWaker {
  readonly #room = new WaitingRoom();
  readonly #link: RedisLink;
  readonly #blockMs: number;
  #watching = false;
  #polls = false;
  #closed = false;

  constructor(
    private readonly queue: string,
    target: RedisTarget,
    private readonly settings: BrokerSettings,
  ) {
    // The link for commands tells of outages; once is enough.
    this.#blockMs = Math.max(SHORTEST_BLOCK_MS, settings.emptyQueueTimeoutMs);
    this.#link = new RedisLink(target, { ...settings, onEvent: () => undefined });
  }

  wait(options: WaitOptions): Promise<void> {
    const left = this.#room.wait(this.queue, options);
    if (!this.#watching && this.#room.has(this.queue)) void this.#watch();
    return left;
  }

  close(): void {
    this.#closed = true;
    this.#room.wakeAll();
    this.#link.close();
  }

  /** Blocks on the server for as long as anybody waits. A trouble wakes all: their next call meets it and tells it. */
  async #watch(): Promise<void> {
    this.#watching = true;
    const timeoutMs = this.#blockMs + this.settings.commandTimeoutMs;
    while (this.#room.has(this.queue) && !this.#closed) {
      try {
        const waits = await this.#link.call((client) => this.#somethingWaits(client), { timeoutMs });
        if (waits) this.#room.wake(this.queue);
      } catch {
        this.#room.wake(this.queue);
      }
    }
    this.#watching = false;
  }

  async #somethingWaits(client: Redis): Promise<boolean> {
    const { queue } = this;
    if (this.#polls) return this.#poll(client);
    try {
      return (await client.call('BLMOVE', queue, queue, 'RIGHT', 'RIGHT', this.#blockMs / 1000)) !== null;
    } catch (error) {
      if (!isUnknownCommand(error)) throw error;
      this.#polls = true;
      return this.#poll(client);
    }
  }

  async #poll(client: Redis): Promise<boolean> {
    if (Number(await client.call('LLEN', this.queue)) > 0) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    return false;
  }
}
