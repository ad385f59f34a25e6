import type { Broker } from './contract.js';

/** Told when the broker goes away and when it answers again; once per outage. */
export interface BrokerEvent {
  readonly kind: 'lost' | 'back';
  /** The address, secrets masked. */
  readonly address: string;
  /** One sentence for the log. */
  readonly message: string;
  /** Why it was lost. */
  readonly cause?: unknown;
  /** With `back`: how long it was away. */
  readonly awayMs?: number;
}

export interface BrokerOptions {
  /** Bound of one command; a connection that does not answer in this time is given up (`REDIS_TIMEOUT`). */
  readonly commandTimeoutMs?: number;
  /** Upper bound of the pause before reconnecting (`REDIS_TIMEOUT`); jittered, and never above 0.8 s. */
  readonly reconnectPauseMs?: number;
  /** How long one call waits for a broker that is away, before `KC_BROKER_UNREACHABLE`. */
  readonly maxWaitMs?: number;
  /** Upper bound of one blocking wait on the server (`EMPTY_QUEUE_TIMEOUT`). */
  readonly emptyQueueTimeoutMs?: number;
  /** Name of the connection as the server lists it; none by default. */
  readonly workerName?: string;
  /** `sqlite:` only. `full` also survives a power cut without losing the last commits, at a sixth of the speed. */
  readonly durable?: 'normal' | 'full';
  readonly onEvent?: (event: BrokerEvent) => void;
}

/** Where a broker can be opened once more, in another thread: all that can be sent there. */
export interface BrokerAddress {
  readonly url: string;
  readonly options: Omit<BrokerOptions, 'onEvent'>;
}

export type BrokerSettings = Readonly<Required<Omit<BrokerOptions, 'workerName'>> & { workerName: string | undefined }>;

/** Opens a broker for a URL of its scheme. Plugins may bring further ones. */
export type BrokerFactory = (url: string, options: BrokerOptions) => Promise<Broker>;

/** The options with every default filled in. */
export function brokerSettings(options: BrokerOptions): BrokerSettings {
  return Object.freeze({
    commandTimeoutMs: options.commandTimeoutMs ?? 3_000,
    reconnectPauseMs: options.reconnectPauseMs ?? 3_000,
    maxWaitMs: options.maxWaitMs ?? 600_000,
    emptyQueueTimeoutMs: options.emptyQueueTimeoutMs ?? 5_000,
    durable: options.durable ?? 'normal',
    workerName: options.workerName,
    onEvent: options.onEvent ?? (() => undefined),
  });
}
