import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Claim } from '../broker/contract.js';
import type { Logger } from '../consumer/context.js';
import { messageOf } from '../errors/message-of.js';
import type { StopSignals } from './stop-signals.js';

/** What a worker tells the process that watches it: a job taken, or the token of one that has left its hands. */
export type WorkerNews = { readonly taken: HeldJob } | { readonly left: string };

export type HeldJob = Pick<Claim, 'queue' | 'key' | 'token' | 'attempt'>;

/** Set for the process that is watched. */
export const SUPERVISED = 'KIOSK_SUPERVISED';

/** A worker that dies sooner than this after its start is started again later and later. */
const STEADY_MS = 10_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Ends a lease: whoever looks next puts the job back. */
const LEASE_OVER_MS = 1;

export interface SuperviseOptions {
  /** The command line, without the program itself and `--supervise`. */
  readonly args: readonly string[];
  readonly broker: Broker;
  /** The worker's name on the wire. */
  readonly hostname: string;
  readonly logger: Logger;
  readonly stopSignals: StopSignals;
}

/**
 * Runs the worker in a process of its own. One that a signal ends (out of memory, a crash of native code) is noted with the
 * jobs that it held, whose leases end at once, and started again.
 * @returns the exit code of the worker that ended by itself, or was told to
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { args, logger, stopSignals } = options;
  for (let pauseMs = FIRST_PAUSE_MS; ;) {
    const startedAt = performance.now();
    // In a group of its own: what is typed at a terminal reaches it once, by way of this process.
    const worker = fork(process.argv[1]!, args, { env: { ...process.env, [SUPERVISED]: '1' }, detached: true });
    const inHand = listen(worker);
    const pass = () => worker.kill(stopSignals.receivedSignal());
    stopSignals.signal.addEventListener('abort', pass);
    stopSignals.force.addEventListener('abort', pass);
    if (stopSignals.signal.aborted) pass();
    const [code, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
    stopSignals.signal.removeEventListener('abort', pass);
    stopSignals.force.removeEventListener('abort', pass);
    if (signal === null) return code ?? 1;
    await noteEnd([...inHand.values()], signal, options);
    if (stopSignals.signal.aborted) return 0;
    if (performance.now() - startedAt > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
    logger.error('the worker was ended by a signal; starting it again', { signal, jobs: inHand.size, pauseMs });
    await sleep(pauseMs, undefined, { signal: stopSignals.signal }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** The jobs that the worker has in hand, by token. */
function listen(worker: ChildProcess): ReadonlyMap<string, HeldJob> {
  const inHand = new Map<string, HeldJob>();
  worker.on('message', (news: WorkerNews) => {
    if ('taken' in news) inHand.set(news.taken.token, news.taken);
    else inHand.delete(news.left);
  });
  return inHand;
}

/** What the dead worker cannot say any more is said for it. */
async function noteEnd(
  jobs: readonly HeldJob[],
  signal: NodeJS.Signals,
  { broker, hostname, logger }: SuperviseOptions,
): Promise<void> {
  const lease = { worker: { name: hostname, id: `${hostname}/supervisor` }, leaseMs: LEASE_OVER_MS };
  for (const job of jobs) {
    try {
      const claim: Claim = { ...job, fields: {}, deaths: [], leftovers: [], children: undefined };
      const last = (await broker.inspect(job.key))?.note ?? { stage: 'start', memoryMB: 0 };
      await broker.renew(claim, lease, { note: { ...last, end: last.end ?? `ended by ${signal}` } });
    } catch (error) {
      logger.warn('how the worker ended could not be noted', { job: job.key, signal, error: messageOf(error) });
    }
  }
}
