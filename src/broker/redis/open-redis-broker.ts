import type { Broker } from '../contract.js';
import { type BrokerOptions, brokerSettings } from '../options.js';
import { RedisBroker } from './redis-broker.js';
import { parseRedisUrl } from './target.js';

/** Opens `redis:`, `rediss:` and `redis+sentinel:` addresses. The first call connects. */
export async function openRedisBroker(url: string, options: BrokerOptions = {}): Promise<Broker> {
  return new RedisBroker(parseRedisUrl(url), brokerSettings(options));
}
