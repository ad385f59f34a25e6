import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Claim, ClaimOptions, JobFields } from '../../../src/broker/contract.js';

/** A claim of this worker; long enough not to run out in a test, unless the test wants it. */
export function as(name: string, leaseMs = 30_000): ClaimOptions {
  return { worker: { name, id: `${name}-id` }, leaseMs };
}

/** A queue of which no other test knows. */
export function someQueue(): string {
  return `q${randomUUID().slice(0, 8)}`;
}

export async function push(broker: Broker, queue: string, fields: JobFields = {}): Promise<string> {
  const key = `${queue}:image.tif:${randomUUID()}`;
  await broker.enqueue(queue, key, { status: 'new', ...fields });
  return key;
}

/** Claims, and expects that there is something to claim. */
export async function take(broker: Broker, queue: string, options: ClaimOptions): Promise<Claim> {
  const claim = await broker.claim(queue, options);
  if (claim === undefined) throw new Error(`nothing waits in ${queue}`);
  return claim;
}

/** Claims with a lease that has run out when this returns. */
export async function takeAndLapse(broker: Broker, queue: string, name: string): Promise<Claim> {
  const claim = await take(broker, queue, as(name, 20));
  await sleep(40);
  return claim;
}

export const NO_FOREIGNERS = { foreignSilenceMs: 900_000 } as const;
