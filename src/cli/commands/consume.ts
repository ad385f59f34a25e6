import { randomUUID } from 'node:crypto';
import type { Claim } from '../../broker/contract.js';
import type { BrokerAddress } from '../../broker/open.js';
import type { Settings } from '../../config/settings.js';
import type { Registry } from '../../plugin/registry.js';
import type { JobOutcome } from '../../worker/execute-job.js';
import type { Health } from '../../worker/health/open.js';
import { openHealth } from '../../worker/health/open.js';
import { openLeaseKeeper } from '../../worker/lease/open.js';
import { beforeFatalEnd } from '../../worker/stray-errors.js';
import { Worker } from '../../worker/worker.js';
import type { CommandContext } from '../command-context.js';
import type { ConsumeOptions } from '../command-options.js';
import { loadJobType } from '../job-type.js';
import { lastLine, outcomeFacts } from '../outcome.js';
import { supervise, SUPERVISED, type WorkerNews } from '../supervise.js';
import { SIGNAL_EXIT_CODES } from '../stop-signals.js';
import { endedEvent, retryEvent } from '../worker-health.js';

/** How much longer than a job's deadline the event loop may be silent before the process counts as dead. */
const HANG_GRACE_MS = 20_000;

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
  if (options.supervise === true && process.env[SUPERVISED] === undefined) {
    const { broker } = await context.ports(['broker']);
    const { hostname } = settings;
    const args = process.argv.slice(2);
    return await supervise({ args, broker, hostname, logger, stopSignals: context.stopSignals });
  }
  const ports = await context.ports(['broker', 'storage']);
  const lease = {
    worker: { name: settings.hostname, id: `${settings.hostname}/${process.pid}/${randomUUID()}` },
    leaseMs: settings.worker.leaseMs,
  };
  const { queue, workerSettings } = jobType;
  const address = brokerAddress(settings, await context.registry());
  const leases = openLeaseKeeper({
    broker: ports.broker,
    address,
    lease,
    renewEveryMs: workerSettings.renewEveryMs,
    deadlineMs: workerSettings.deadlineMs,
    logger,
  });
  let health: Health | undefined;
  const runOf = jobType.runsWith(ports);
  const worker = new Worker({
    broker: ports.broker,
    queue,
    lease,
    leases,
    settings: workerSettings,
    concurrency: settings.concurrency,
    logger,
    drain: options.drain === true,
    maxJobs: options.once === true ? 1 : Infinity,
    runOf: (claim) => ({ ...runOf(claim), onRetry: (error) => health?.tell(retryEvent(error)) }),
    onReclaimed: (count) => health?.tell({ kind: 'reclaimed', count }),
    onClaim: (claim) => {
      const { key, token, attempt } = claim;
      tellSupervisor({ taken: { queue, key, token, attempt } });
      logger.info('job taken', { job: claim.key, attempt: claim.attempt });
    },
    onOutcome: (claim, outcome, seconds) => {
      tellSupervisor({ left: claim.token });
      health?.tell(endedEvent(outcome, seconds));
      report(context, claim, outcome);
    },
  });
  if (settings.health !== undefined) {
    health = await openHealth(
      {
        ...settings.health,
        type: jobType.type,
        queue,
        broker: address,
        hangMs: workerSettings.deadlineMs + HANG_GRACE_MS,
      },
      () => ({ state: worker.state, inFlight: worker.inFlight, renewing: leases.renewing }),
    );
    context.onEnd(() => health?.close());
    logger.info('answering health checks', { address: health.address });
  }
  context.onEnd(beforeFatalEnd((end) => worker.noteEnd(end)));
  const stop = () => worker.stop();
  if (process.env[SUPERVISED] !== undefined) process.once('disconnect', stop);
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
    else if (outcome.status === 'waiting') logger.info('job waits for its children', rest);
    else logger.warn(`job ${outcome.status}`, { ...rest, reason: lastLine(reason ?? '') });
  }
}

/** Nobody listens unless this process is supervised. */
function tellSupervisor(news: WorkerNews): void {
  if (process.connected) process.send?.(news);
}

/** Where other threads open the broker; undefined for one of a plugin, which is known in this thread only. */
function brokerAddress({ broker }: Settings, { schemes }: Registry): BrokerAddress | undefined {
  const { url } = broker;
  if (schemes.brokers.has(url.slice(0, url.indexOf(':')).toLowerCase())) return undefined;
  const { onEvent: _told, ...options } = broker.options;
  return { url, options };
}
