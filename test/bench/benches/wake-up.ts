import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrokerProcess } from '../../support/broker-process.js';
import { startRedisServer } from '../../support/redis-server.js';
import { requireTool } from '../../support/require-tool.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { built } from '../../support/built.js';
import { quantile, single, spreadOf } from '../support/spread.js';

type OpenBroker = typeof import('../../../src/broker/open.js');

const PUSHES = 100;
const QUEUE = 'predict';
const CLAIM = { worker: { name: 'bench', id: 'bench-1' }, leaseMs: 60_000 };
/** The job pushed by another process starts within this, 95 times of 100. */
const GOAL_MS = 50;
const BOUND_MS = 5_000;

/** How long a job waits for a worker that waits for it. */
export const wakeUp: Benchmark = {
  name: 'wake-up',
  summary: 'From the push in one process to the claim in another that was waiting, a hundred times.',
  async run(context) {
    const rows: Row[] = [];
    if (requireTool('redis-server')) {
      const redis = context.own(await startRedisServer(), (server) => server.stop());
      rows.push(...(await measure('Redis', redis.url, context)));
    }
    rows.push(...(await measure('SQLite', `sqlite:${join(context.folder, 'queue.db')}`, context)));
    return rows;
  },
};

async function measure(name: string, url: string, { own, progress }: BenchContext): Promise<Row[]> {
  progress(name);
  const { openBroker } = built('src/broker/open.js') as OpenBroker;
  const broker = own(await openBroker(url), (opened) => opened.close());
  const pusher = own(await startBrokerProcess(url), (child) => child.stop());
  const { signal } = new AbortController();
  const latencies: number[] = [];
  for (let push = 0; push < PUSHES; push++) {
    const waiting = broker.waitForJob(QUEUE, { timeoutMs: BOUND_MS, signal });
    // Not in step with anything that the driver might do at intervals.
    await sleep(20 + ((push * 37) % 61));
    const key = `${QUEUE}:${push}`;
    const pushed = pusher.call('push', QUEUE, key);
    await waiting;
    const claim = await broker.claim(QUEUE, CLAIM);
    const claimedAt = performance.timeOrigin + performance.now();
    assert.equal(claim?.key, key, `${name}: woken without a job`);
    latencies.push(claimedAt - Number(claim.fields['pushed_at']));
    await pushed;
    assert.ok(await broker.settle(claim, CLAIM, { status: 'done' }));
  }
  const p95 = quantile(
    latencies.toSorted((a, b) => a - b),
    0.95,
  );
  return [
    { name: `${name}, median`, unit: 'ms', value: spreadOf(latencies) },
    { name: `${name}, 95 of 100 within`, unit: 'ms', value: single(p95), goal: { of: 'value', atMost: GOAL_MS } },
  ];
}
