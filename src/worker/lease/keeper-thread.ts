/**
 * The thread that keeps leases: it renews them whatever the worker's event loop does, over a connection of its own. A job that
 * blocks the event loop for ever is ended here, with the process: nothing else could stop it.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Claim } from '../../broker/contract.js';
import { openBroker } from '../../broker/open.js';
import type { KeptLease } from './contract.js';
import { noteOf } from './contract.js';
import { LoopKeeper } from './loop-keeper.js';
import type { FromKeeper, KeeperThreadData, ToKeeper } from './messages.js';

/** How much longer than its deadline a job may go without progress, which the event loop would have stopped by then. */
const HANG_GRACE_MS = 10_000;
/** How often that is looked at. What passes between two looks counts at most twice this: a process that stood still did not hang. */
const LOOK_EVERY_MS = 1000;

interface Watched {
  readonly claim: Claim;
  readonly kept: KeptLease;
  stage: string;
  silentMs: number;
}

const data = workerData as KeeperThreadData;
const watched = new Map<string, Watched>();
const port = parentPort!;
const tell = (message: FromKeeper): void => port.postMessage(message);

const broker = await openBroker(data.url, data.options);
const keeper = new LoopKeeper(broker, data, (message, facts) => tell({ kind: 'warning', message, facts }));

port.on('message', (message: ToKeeper) => {
  if (message.kind === 'keep') keep(message.claim, message.stage);
  else if (message.kind === 'progress') progress(message.token, message.stage);
  else release(message.token);
});

let lookedAt = performance.now();
let told: boolean | undefined;
setInterval(() => {
  const now = performance.now();
  const passedMs = Math.min(now - lookedAt, 2 * LOOK_EVERY_MS);
  lookedAt = now;
  if (keeper.renewing !== told) tell({ kind: 'renewing', renewing: (told = keeper.renewing) });
  for (const job of watched.values()) {
    job.silentMs += passedMs;
    if (job.silentMs > data.deadlineMs + HANG_GRACE_MS) void endProcess(job);
  }
}, LOOK_EVERY_MS);

function keep(claim: Claim, stage: string): void {
  const kept = keeper.keep(claim, () => {
    watched.delete(claim.token);
    tell({ kind: 'lost', token: claim.token });
  });
  kept.progress(stage);
  watched.set(claim.token, { claim, kept, stage, silentMs: 0 });
}

function progress(token: string, stage: string): void {
  const job = watched.get(token);
  if (!job) return;
  job.stage = stage;
  job.silentMs = 0;
  job.kept.progress(stage);
}

function release(token: string): void {
  watched.get(token)?.kept.release();
  watched.delete(token);
}

/** Leaves the evidence in the broker and on stderr, then ends the process at once; its jobs run elsewhere. */
async function endProcess({ claim, stage, silentMs }: Watched): Promise<void> {
  watched.clear();
  await keeper.close();
  const end = `the event loop was blocked: no progress for ${Math.round(silentMs / 1000)} s, so the process ended itself`;
  // The console belongs to the event loop, which does not turn.
  writeSync(2, `${JSON.stringify({ level: 'error', message: end, job: claim.key, stage })}\n`);
  const noted = broker.renew(claim, { ...data.lease, leaseMs: 1 }, { note: { ...noteOf(stage), end } });
  await Promise.race([noted.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  process.kill(process.pid, 'SIGKILL');
}
