import type { Broker } from '../broker/contract.js';
import { openBroker, type BrokerEvent } from '../broker/open.js';
import { createCompute } from '../compute/pool.js';
import type { ResolvedSettings } from '../config/resolve.js';
import type { PortName } from '../config/schema.js';
import type { Settings } from '../config/settings.js';
import type { Logger, Ports } from '../consumer/context.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { ModelsEvent, PredictClient } from '../models/contract.js';
import type { Registry } from '../plugin/registry.js';
import { openStorage } from '../storage/open.js';
import { EMBEDDED_SETTINGS } from './embedded-settings.js';

export interface OpenedPorts extends Ports {
  /** Ports that must answer before the command begins. */
  readonly checks: readonly PortName[];
  close(): Promise<void>;
}

export interface OpenPortsOptions {
  readonly resolved: ResolvedSettings;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly check: readonly PortName[];
}

/** How long a service may take to answer at the start; a worker that is up waits much longer (`maxWaitSeconds`). */
const START_CHECK_MS = 10_000;

/**
 * Opens the ports that the settings name. The model server is opened when a consumer first asks it.
 * @throws {KioskError} if one of `check` does not answer; where nothing was set, with the settings for a single machine
 */
export async function openPorts(options: OpenPortsOptions): Promise<OpenedPorts> {
  const { resolved, registry, logger, check } = options;
  const { settings } = resolved;
  const releases: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    const broker = await openTheBroker(resolved, registry, ({ kind, message, cause }) =>
      logger[kind === 'lost' ? 'warn' : 'info'](message, cause === undefined ? {} : { cause }),
    );
    releases.push(() => broker.close());
    const store = await openStorage(settings.storage.url, storageOptions(options), registry.schemes.stores);
    releases.push(() => store.close());
    const compute = createCompute({ threads: settings.threads });
    releases.push(() => compute.close());
    let models: Promise<PredictClient> | undefined;
    releases.push(async () => (await models?.catch(() => undefined))?.close());
    const opened: OpenedPorts = {
      broker,
      store,
      compute,
      checks: check,
      models: () => (models ??= openTheModels(options, broker)),
      close,
    };
    await answerNow(opened, options);
    return opened;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The broker alone; close it. */
export async function openTheBroker(
  { settings }: Pick<ResolvedSettings, 'settings'>,
  { schemes }: Registry,
  onEvent: (event: BrokerEvent) => void,
): Promise<Broker> {
  const { url, options } = settings.broker;
  return await openBroker(url, { ...options, onEvent }, schemes.brokers);
}

function storageOptions({ resolved, logger }: OpenPortsOptions): Settings['storage']['options'] {
  return {
    ...resolved.settings.storage.options,
    onRetry: ({ address, what, attempt, delayMs, answer }) =>
      logger.warn(`the bucket did not ${what}; trying again`, { address, attempt, delayMs, answer }),
  };
}

/** The limit moves often where a server is overloaded; what a job waits for is logged by the job. */
const LEVEL_OF_MODELS_EVENT = { lost: 'warn', back: 'info', limited: 'debug' } as const;

async function openTheModels({ resolved, registry, logger }: OpenPortsOptions, broker: Broker): Promise<PredictClient> {
  const { settings } = resolved;
  const { url, options } = settings.models;
  if (url === undefined)
    throw new KioskError('KC_INTERNAL', 'No model server is set, and the command did not say which to use.');
  const { openModels } = await import('../models/open.js');
  const metadataCache = {
    ttlSeconds: settings.consumer.metadataExpireSeconds,
    read: (key: string) => broker.readCache(key),
    write: (key: string, value: string, ttlSeconds: number) => broker.writeCache(key, value, ttlSeconds),
  };
  const onEvent = ({ kind, message }: ModelsEvent): void => logger[LEVEL_OF_MODELS_EVENT[kind]](message);
  return await openModels(url, { ...options, metadataCache, onEvent }, registry.schemes.models);
}

async function answerNow(opened: OpenedPorts, { resolved, check, signal }: OpenPortsOptions): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(START_CHECK_MS)]);
  try {
    if (check.includes('broker')) await opened.broker.ping();
    if (check.includes('storage')) await opened.store.stat('kiosk-consumer-start-check', { signal: bounded });
    if (check.includes('models')) await (await opened.models()).ping({ signal: bounded });
  } catch (error) {
    throw withEmbeddedSettings(error, resolved);
  }
}

/** Somebody who has set nothing most likely has no cluster either: tell what a single machine needs. */
export function withEmbeddedSettings(error: unknown, { portsByDefault, settings }: ResolvedSettings): unknown {
  if (!(error instanceof KioskError) || portsByDefault.length === 0) return error;
  const unset = portsByDefault.map((port) => `${port}: ${settings[port].url ?? ''}`).join(' · ');
  return new KioskError(
    error.code,
    error.message,
    {
      ...error.facts,
      details: [
        ...(error.facts.details ?? []),
        `nothing is set for ${portsByDefault.join(', ')}, so a Kiosk cluster was looked for (${unset})`,
        'on a single machine, put these into .env or the environment:',
        ...EMBEDDED_SETTINGS.map((line) => `  ${line}`),
      ],
      hint: 'set these three, or the addresses of your services',
      see: 'docs/settings.md',
    },
    { cause: error.cause },
  );
}
