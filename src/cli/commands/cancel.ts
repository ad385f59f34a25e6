import type { Cancelled } from '../../broker/contract.js';
import { wireTimestamp } from '../../broker/timestamp.js';
import { ERROR_CODES } from '../../errors/codes.js';
import type { CommandContext } from '../command-context.js';

const SAID: Readonly<Record<Cancelled['was'], string>> = {
  waiting: 'cancelled; it was waiting',
  running: 'cancelled; its worker stops within a second or two',
  final: 'left as it is: it had ended already',
  missing: 'not found; it may have expired',
};

/**
 * `cancel`: ends jobs as failed, waiting ones and running ones.
 * @returns 0; 1 if a job was not there
 */
export async function cancel(context: CommandContext, hashes: readonly string[]): Promise<number> {
  const broker = await context.broker();
  const { settings } = await context.settings();
  const { output, json } = context;
  let missing = 0;
  for (const hash of new Set(hashes)) {
    const reason = `${ERROR_CODES.KC_JOB_CANCELLED.reasonClass}: The job was cancelled by an operator on ${settings.hostname}. To do it after all: kiosk-consumer retry.`;
    const fields = { status: 'failed' as const, reason, finished_at: wireTimestamp(Date.now()) };
    const cancelled = await broker.cancel(hash, settings.hostname, fields);
    if (cancelled.was === 'missing') missing += 1;
    if (json) output.json({ hash, ...cancelled });
    else {
      const holder = cancelled.was === 'running' ? ` (${cancelled.worker})` : '';
      output.line(`${hash}  ${SAID[cancelled.was]}${holder}`);
    }
  }
  return missing === 0 ? 0 : 1;
}
