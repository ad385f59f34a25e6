/** Job types that misbehave, each in one way, if their job's field `how` says so; else they do their job. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, definePlugin } from 'kiosk-consumer';

const kept = [];

const WAYS = {
  throws: () => {
    throw new TypeError('thrown at once');
  },
  'leaves-a-rejection': async () => {
    void Promise.reject(new TypeError('nobody awaits this'));
    await sleep(60_000);
  },
  'throws-in-a-timer': async () => {
    setTimeout(() => {
      throw new TypeError('thrown in a timer');
    }, 20);
    await sleep(60_000);
  },
  waits: async (job) => await sleep(60_000, undefined, { signal: job.signal }),
  exits: () => process.exit(7),
  loops: () => {
    for (;;);
  },
  leaks: () => {
    for (;;) kept.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));
  },
  'leaks-buffers': async () => {
    for (;;) {
      kept.push(new Uint8Array(2e7).fill(1));
      await sleep(20);
    }
  },
};

const afterMs = process.env.MISBEHAVE_OUTSIDE_OF_JOBS;
if (afterMs !== undefined) {
  setTimeout(() => {
    throw new TypeError('thrown outside of jobs');
  }, Number(afterMs));
}

class Misbehave extends Consumer {
  async consume(job) {
    await this.updateKey(job, { status: 'started' });
    await this.stage('misbehaving', async () => await WAYS[job.fields.how]?.(job));
    return { did: 'the job' };
  }
}

export default definePlugin({ name: 'misbehaving', apiVersion: 1, consumers: { misbehave: Misbehave } });
