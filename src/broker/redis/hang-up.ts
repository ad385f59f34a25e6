import type { Redis } from 'ioredis';

/** Ends a connection for good. One that has ended already is left alone: a second farewell would hold the process up. */
export function hangUp(client: Redis): void {
  if (client.status !== 'close' && client.status !== 'end') client.disconnect();
}
