import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, JobState } from '../../broker/contract.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type { CommandContext } from '../command-context.js';
import type { InspectOptions } from '../command-options.js';
import { jobReport, jobAsJson } from '../job-report.js';
import { queueColumns } from '../queue-columns.js';

/** Often enough to see a job move, seldom enough to be no load. */
const WATCH_EVERY_MS = 1_000;

/**
 * Shows one job, or the queues.
 * @throws {KioskError} `KC_JOB_NOT_FOUND` if there is no such hash
 */
export async function inspect(
  context: CommandContext,
  hash: string | undefined,
  options: InspectOptions,
): Promise<number> {
  const broker = await context.broker();
  const show = hash === undefined ? () => showQueues(context, broker) : () => showJob(context, broker, hash);
  await show();
  while (options.watch === true && !context.signal.aborted) {
    await sleep(WATCH_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal.aborted) break;
    context.output.clear();
    await show();
  }
  return 0;
}

async function showJob({ output, json }: CommandContext, broker: Broker, hash: string): Promise<void> {
  const state: JobState | undefined = await broker.inspect(hash);
  if (state === undefined) {
    throw new KioskError('KC_JOB_NOT_FOUND', `There is no job "${hash}" in ${broker.address}.`, {
      hint: 'copy the hash as "enqueue" printed it; `kiosk-consumer inspect` shows the queues. A hash may have expired',
    });
  }
  if (json) output.json(jobAsJson(state, Date.now()));
  else for (const line of jobReport(state, Date.now(), output.style)) output.line(line);
}

async function showQueues({ output, json }: CommandContext, broker: Broker): Promise<void> {
  const queues = await broker.queues();
  if (json) {
    for (const { oldestMs, ...state } of queues) output.json({ ...state, oldestMs: oldestMs ?? null });
    return;
  }
  if (queues.length === 0) output.line(`No queue in ${broker.address} holds a job.`);
  else output.table(queueColumns(output.style), queues);
}
