import { randomUUID } from 'node:crypto';
import type { Claim } from '../../broker/contract.js';
import type { Registry } from '../../plugin/registry.js';
import type { JobOutcome } from '../../worker/execute-job.js';
import { openLeaseKeeper } from '../../worker/lease/open.js';
import { Worker } from '../../worker/worker.js';
import type { CommandContext } from '../command-context.js';
import type { ConsumeOptions } from '../command-options.js';
import { loadJobType } from '../job-type.js';
import { lastLine, outcomeFacts } from '../outcome.js';
import { SIGNAL_EXIT_CODES } from '../stop-signals.js';

/**
 * `consume`: claims and does jobs of one type until told to stop.
 * @returns 0 after a clean end; 143 or 130 if jobs had to be given back by force
 */
export async function consume(context: CommandContext, options: ConsumeOptions): Promise<number> {
  const { settings } = await context.settings();
  const jobType = await loadJobType(context);
  const logger = await context.logger();
  // From here on a signal means: finish what is in hand.
  context.stopSignals.takeOver();
  const ports = await context.ports(['broker', 'storage']);
  const queue = settings.queue ?? jobType.defaultQueue;
  const lease = {
    worker: { name: settings.hostname, id: `${settings.hostname}/${process.pid}/${randomUUID()}` },
    leaseMs: settings.worker.leaseMs,
  };
  const { workerSettings } = jobType;
  const worker = new Worker({
    broker: ports.broker,
    queue,
    lease,
    leases: openLeaseKeeper({
      broker: ports.broker,
      address: isOfPlugin(settings.broker.url, await context.registry()) ? undefined : settings.broker,
      lease,
      renewEveryMs: workerSettings.renewEveryMs,
      deadlineMs: workerSettings.deadlineMs,
      logger,
    }),
    settings: workerSettings,
    concurrency: settings.concurrency,
    logger,
    drain: options.drain === true,
    maxJobs: options.once === true ? 1 : Infinity,
    runOf: jobType.runsWith(ports),
    onClaim: (claim) => logger.info('job taken', { job: claim.key, attempt: claim.attempt }),
    onOutcome: (claim, outcome) => report(context, claim, outcome),
  });
  const stop = () => worker.stop();
  context.signal.addEventListener('abort', stop);
  context.stopSignals.force.addEventListener('abort', stop);
  logger.info('waiting for jobs', {
    type: jobType.type,
    queue,
    concurrency: settings.concurrency,
    worker: lease.worker.name,
  });
  if (context.signal.aborted) stop();
  const whole = await worker.run();
  const received = context.stopSignals.receivedSignal();
  logger.info('stopped', received === undefined ? {} : { signal: received });
  return whole || received === undefined ? 0 : SIGNAL_EXIT_CODES[received];

  function report({ output, json }: CommandContext, claim: Claim, outcome: JobOutcome): void {
    const facts = outcomeFacts(claim, outcome);
    if (json) output.json(facts);
    const { reason, ...rest } = facts;
    if (outcome.status === 'done') logger.info('job done', rest);
    else logger.warn(`job ${outcome.status}`, { ...rest, reason: lastLine(reason ?? '') });
  }
}

/** Brokers of plugins are known in this thread only. */
function isOfPlugin(url: string, { schemes }: Registry): boolean {
  return schemes.brokers.has(url.slice(0, url.indexOf(':')).toLowerCase());
}
