import type { Retried } from '../../broker/contract.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type { CommandContext } from '../command-context.js';
import type { RetryOptions } from '../command-options.js';

const SAID: Readonly<Record<Retried['outcome'], string>> = {
  queued: 'is new again, in queue',
  missing: 'not found; it may have expired',
  'not-failed': 'left as it is: it has not failed',
  'unknown-queue': 'left as it is: nobody knows its queue; name it with --queue',
};

/**
 * `retry`: makes failed jobs new; with `--all` those that were set aside.
 * @returns 0; 1 if a job that was named could not be made new
 */
export async function retry(
  context: CommandContext,
  hashes: readonly string[],
  options: RetryOptions,
): Promise<number> {
  if ((options.all === true) === hashes.length > 0) {
    throw new KioskError('KC_USAGE', options.all === true ? 'Name jobs or say --all, not both.' : 'No job was named.', {
      hint: 'kiosk-consumer retry HASH, or --all for every job of `kiosk-consumer dead`',
    });
  }
  const broker = await context.broker();
  const { settings } = await context.settings();
  const { output, json } = context;
  const { queue } = settings;
  const dead = options.all === true ? await broker.dead() : [];
  const chosen = dead.filter((job) => queue === undefined || job.queue === queue).map(({ key }) => key);
  let refused = 0;
  for (const hash of new Set([...hashes, ...chosen])) {
    const retried = await broker.retry(hash, settings.hostname, queue);
    if (retried.outcome !== 'queued') refused += 1;
    if (json) output.json({ hash, ...retried });
    else output.line(`${hash}  ${SAID[retried.outcome]}${retried.outcome === 'queued' ? ` ${retried.queue}` : ''}`);
  }
  if (options.all === true && chosen.length === 0 && !json) output.message('No job is set aside.');
  return refused === 0 ? 0 : 1;
}
