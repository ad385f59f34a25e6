import type { Broker } from '../../broker/contract.js';
import type { BrokerAddress } from '../../broker/open.js';
import type { Logger } from '../../consumer/context.js';
import type { LeaseKeeper, LeaseSettings } from './contract.js';
import { LoopKeeper } from './loop-keeper.js';
import { ThreadKeeper } from './thread-keeper.js';

export interface LeaseKeeperOptions extends LeaseSettings {
  readonly broker: Broker;
  /** Where the broker can be opened once more; undefined for one that lives in this process or comes from a plugin. */
  readonly address: BrokerAddress | undefined;
  readonly deadlineMs: number;
  readonly logger: Logger;
}

/** A keeper in a thread where the broker can be opened a second time, else one on the event loop. */
export function openLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { broker, address, lease, renewEveryMs, deadlineMs, logger } = options;
  if (address === undefined)
    return new LoopKeeper(broker, { lease, renewEveryMs }, (message, facts) => logger.warn(message, facts));
  return new ThreadKeeper({ lease, renewEveryMs, deadlineMs, ...address }, logger);
}
