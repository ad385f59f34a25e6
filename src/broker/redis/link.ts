import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { KioskError } from '../../errors/kiosk-error.js';
import type { BrokerSettings } from '../options.js';
import { answerWithin } from './answer-within.js';
import { connectPrimary } from './connect.js';
import { hangUp } from './hang-up.js';
import { refusedByRedis, troubleOf, unreachable } from './redis-errors.js';
import type { RedisTarget } from './target.js';

/** No pause before reconnecting is longer, so that work goes on within a second after the server is back. */
const LONGEST_PAUSE_MS = 800;
/** A connection that lived longer than this is replaced at once when it is lost, others after a pause. */
const SOUND_AFTER_MS = 1_000;

export interface CallOptions {
  /** Bound of the command, in place of `commandTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Bound of waiting for a server that is away, in place of `maxWaitMs`. */
  readonly maxWaitMs?: number;
}

/**
 * One connection to the server that takes writes, kept up over outages: a call made while the server is away, or
 * starting, or a replica after a failover, waits for it, finds the master anew, and is sent again.
 */
export class RedisLink {
  #client: Redis | undefined;
  #connecting: Promise<Redis> | undefined;
  #connectedAt = 0;
  #notBefore = 0;
  #lostAt: number | undefined;
  /** Why the server could not be reached last. */
  #trouble: unknown;
  readonly #closing = new AbortController();

  constructor(
    private readonly target: RedisTarget,
    private readonly settings: BrokerSettings,
  ) {}

  /**
   * Sends a command.
   * @param send told whether the command may already have been carried out by an earlier try whose answer was lost
   */
  async call<T>(send: (client: Redis, repeated: boolean) => Promise<T>, options: CallOptions = {}): Promise<T> {
    const start = Date.now();
    const maxWaitMs = options.maxWaitMs ?? this.settings.maxWaitMs;
    let repeated = false;
    for (;;) {
      let client: Redis | undefined;
      try {
        client = await answerWithin(Math.max(1, maxWaitMs - (Date.now() - start)), this.#connected());
        return await answerWithin(options.timeoutMs ?? this.settings.commandTimeoutMs, send(client, repeated));
      } catch (error) {
        if (this.#closing.signal.aborted) throw closed(this.target.address);
        if (troubleOf(error) === 'refused') throw refusedByRedis(this.target.address, error);
        if (client !== undefined) {
          repeated = true;
          this.#drop(client, error);
        }
        const waitedMs = Date.now() - start;
        if (waitedMs >= maxWaitMs) throw unreachable(this.target.address, waitedMs, this.#trouble ?? error);
      }
    }
  }

  /** Asks for a connection now, whatever pause is on. */
  hurry(): void {
    this.#notBefore = 0;
  }

  close(): void {
    this.#closing.abort();
    if (this.#client !== undefined) hangUp(this.#client);
    this.#client = undefined;
  }

  async #connected(): Promise<Redis> {
    if (this.#closing.signal.aborted) throw closed(this.target.address);
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Redis> {
    const { signal } = this.#closing;
    await sleep(Math.max(0, this.#notBefore - Date.now()), undefined, { signal });
    const { commandTimeoutMs, workerName } = this.settings;
    let client: Redis;
    try {
      client = await connectPrimary(this.target, { timeoutMs: commandTimeoutMs, name: workerName });
    } catch (error) {
      this.#trouble = error;
      this.#pause();
      this.#tellLost(error);
      throw error;
    }
    if (signal.aborted) hangUp(client);
    client.once('close', () => this.#drop(client, new KioskError('KC_BROKER_UNREACHABLE', 'the connection was lost')));
    this.#client = client;
    this.#connectedAt = Date.now();
    this.#trouble = undefined;
    this.#tellBack();
    return client;
  }

  /** Gives a connection up. The next call makes another. */
  #drop(client: Redis, error: unknown): void {
    hangUp(client);
    if (this.#client !== client || this.#closing.signal.aborted) return;
    this.#client = undefined;
    this.#trouble = error;
    if (Date.now() - this.#connectedAt < SOUND_AFTER_MS) this.#pause();
    this.#tellLost(error);
  }

  #pause(): void {
    const longest = Math.min(this.settings.reconnectPauseMs, LONGEST_PAUSE_MS);
    this.#notBefore = Date.now() + longest * (0.25 + 0.75 * Math.random());
  }

  #tellLost(error: unknown): void {
    if (this.#lostAt !== undefined || this.#closing.signal.aborted || troubleOf(error) === 'refused') return;
    this.#lostAt = Date.now();
    const cause = unreachable(this.target.address, 0, error);
    const message = `The broker ${this.target.address} does not answer; waiting for it.`;
    this.settings.onEvent({ kind: 'lost', address: this.target.address, message, cause });
  }

  #tellBack(): void {
    if (this.#lostAt === undefined) return;
    const awayMs = Date.now() - this.#lostAt;
    this.#lostAt = undefined;
    const message = `The broker ${this.target.address} is back after ${(awayMs / 1000).toFixed(1)} s.`;
    this.settings.onEvent({ kind: 'back', address: this.target.address, message, awayMs });
  }
}

function closed(address: string): KioskError {
  return new KioskError('KC_ABORTED', `${address}: the connection was closed by this program.`);
}
