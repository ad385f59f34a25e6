import { KioskError } from '../errors/kiosk-error.js';
import type { Broker } from './contract.js';
import { maskAddress } from './mask-address.js';
import type { BrokerFactory, BrokerOptions } from './options.js';

export type { BrokerAddress, BrokerEvent, BrokerFactory, BrokerOptions } from './options.js';

/** Drivers are loaded when a URL asks for them. */
const openRedis: BrokerFactory = async (url, options) =>
  (await import('./redis/open-redis-broker.js')).openRedisBroker(url, options);
const openSqlite: BrokerFactory = async (url, options) =>
  (await import('./sqlite/open-sqlite-broker.js')).openSqliteBroker(url, options);

const BUILT_IN: ReadonlyMap<string, BrokerFactory> = new Map([
  ['redis', openRedis],
  ['rediss', openRedis],
  ['redis+sentinel', openRedis],
  ['sqlite', openSqlite],
]);

/**
 * Opens the broker that `url` names: `redis://user:password@host:6379/0`, `rediss://…`,
 * `redis+sentinel://host:26379,host:26379/mymaster`, `sqlite:PATH`.
 *
 * A Redis driver makes no connection yet: the first call does, and waits up to `maxWaitMs`. Call `ping()` to learn
 * at once whether the broker answers. A database file is opened, and made if there is none.
 *
 * @param extraSchemes drivers of plugins, by scheme without the colon; they may not replace built-in ones
 * @throws {KioskError} `KC_CONFIG` for an unknown scheme or a malformed URL, `KC_BROKER_REFUSED` for a file that cannot be used
 */
export async function openBroker(
  url: string,
  options: BrokerOptions = {},
  extraSchemes: ReadonlyMap<string, BrokerFactory> = new Map(),
): Promise<Broker> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const factory = BUILT_IN.get(scheme) ?? extraSchemes.get(scheme);
  if (factory === undefined) {
    const found = scheme === '' ? 'has no scheme' : `has the scheme "${scheme}:"`;
    throw new KioskError('KC_CONFIG', `The broker address "${maskAddress(url)}" ${found}, which no driver serves.`, {
      hint: 'set the broker (BROKER_URL) to redis://HOST:6379 or sqlite:PATH',
      details: [`accepted: ${[...BUILT_IN.keys(), ...extraSchemes.keys()].map((name) => `${name}:`).join(' ')}`],
    });
  }
  return factory(url, options);
}
