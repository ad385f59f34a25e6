import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { ModelsEvent, ModelsOptions, PredictClient } from '../../src/models/contract.js';
import { openModels } from '../../src/models/open.js';
import { failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import {
  type Behaviours,
  type ModelServer,
  type ServedCall,
  startModelServer,
} from '../support/model-server/start-model-server.js';

const MODELS = [{ name: 'Reference', input: { name: 'image', dtype: 'float32', shape: [-1, 8, 8, 1] } }] as const;
const MODEL = { name: 'Reference', version: '1' };
const IMAGE = ramp([1, 8, 8, 1]);

let server: ModelServer;
let clients: PredictClient[];
let events: ModelsEvent[];

beforeEach(async () => {
  server = await startModelServer({ models: MODELS });
  [clients, events] = [[], []];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await server.stop();
});

const open = async (options: Partial<ModelsOptions> = {}, to = server): Promise<PredictClient> => {
  const onEvent = (event: ModelsEvent): number => events.push(event);
  const client = await openModels(`grpc://127.0.0.1:${to.port}`, { ...TEST_MODELS_OPTIONS, onEvent, ...options });
  clients.push(client);
  return client;
};

/** `count` callers that each ask again and again while `go` says so. */
async function callers(count: number, call: () => Promise<unknown>, go: () => boolean): Promise<void> {
  const ask = async (): Promise<void> => {
    while (go()) await call();
  };
  await Promise.all(Array.from({ length: count }, ask));
}

const refused = (calls: readonly ServedCall[]): ServedCall[] => calls.filter(({ code }) => code !== 'OK');
const sleep = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms));

describe('a healthy server', () => {
  test('is given as many calls at a time as there are, without any waiting', async () => {
    await server.set({ delayMs: 1500 });
    const client = await open();
    const waits: string[] = [];
    const onWait = (reason: string): number => waits.push(reason);
    await Promise.all(
      Array.from({ length: 32 }, async () => await client.predict(MODEL, { image: IMAGE }, { onWait })),
    );
    expect(Math.max(...(await server.calls()).map(({ concurrent }) => concurrent))).toBe(32);
    expect([waits, events]).toEqual([[], []]);
  });
});

describe('a server that refuses everything', () => {
  const outageMs = 10_000;
  const outage = async (code: string, resumeMs: number, options: Partial<ModelsOptions>): Promise<number> => {
    const peer = await startModelServer({ models: MODELS, behaviours: { fail: { code, times: 1e9 } } });
    try {
      const client = await open({ maxWaitMs: 60_000, ...options }, peer);
      const waiting = new Set<number>();
      const call = async (id: number): Promise<unknown> =>
        await client.predict(MODEL, { image: IMAGE }, { onWait: () => waiting.add(id) });
      const running = Promise.all(Array.from({ length: 8 }, async (_, id) => await call(id)));
      await sleep(outageMs);
      expect((await peer.calls()).length).toBeLessThanOrEqual((2 * outageMs) / 1000);
      await peer.set({});
      const backAt = performance.now();
      await running;
      expect(performance.now() - backAt).toBeLessThan(resumeMs);
      return waiting.size;
    } finally {
      await peer.stop();
    }
  };

  test('gets at most two requests a second from eight callers, and all of them go on when it is back', async () => {
    const [told] = await Promise.all([
      outage('UNAVAILABLE', 5000, { backoffMs: 3000 }),
      // Callers that met an overload make pauses of their own, too.
      outage('RESOURCE_EXHAUSTED', 30_000, { backoffMs: 500, maxRetries: 0 }),
    ]);
    expect(told).toBe(8);
    expect(events.filter(({ kind }) => kind === 'lost')).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'back').every(({ awayMs }) => awayMs! > 0.8 * outageMs)).toBe(true);
  }, 60_000);

  test('is waited for no longer than maxWait, by callers that never had a turn too', async () => {
    await server.set({ fail: { code: 'UNAVAILABLE', times: 1e9, details: 'starting' } });
    const client = await open({ maxWaitMs: 1500, backoffMs: 500 });
    const calls = Array.from({ length: 12 }, async () => await failure(client.predict(MODEL, { image: IMAGE })));
    await Promise.all(calls.slice(0, 6));
    const late = await failure(client.predict(MODEL, { image: IMAGE }));
    for (const error of [late, ...(await Promise.all(calls))]) {
      expect(error).toMatchObject({ code: 'KC_MODEL_UNREACHABLE', retry: 'wait' });
      expect(error.message).toContain('UNAVAILABLE: starting');
      expect(error.facts.hint).toContain('start the model server');
    }
  });

  test('lets a caller leave at once, and the others go on', async () => {
    await server.set({ fail: { code: 'UNAVAILABLE', times: 8 } });
    const client = await open({ maxWaitMs: 30_000, backoffMs: 500 });
    const stop = new AbortController();
    const { signal } = stop;
    const stopped = Array.from(
      { length: 4 },
      async () => await failure(client.predict(MODEL, { image: IMAGE }, { signal })),
    );
    const others = Promise.all(Array.from({ length: 4 }, async () => await client.predict(MODEL, { image: IMAGE })));
    await sleep(200);
    const abortedAt = performance.now();
    stop.abort();
    for (const error of await Promise.all(stopped)) expect(error.code).toBe('KC_ABORTED');
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    expect(await others).toHaveLength(4);
  });
});

describe('a server with room for few calls', () => {
  const crowded: Behaviours = { capacity: 2, delayMs: 50 };

  test('answers all of many callers, each within MAX_RETRY, and refuses few', async () => {
    await server.set(crowded);
    const client = await open({ backoffMs: 50, maxRetries: 5 });
    let left = 120;
    await callers(
      8,
      async () => await client.predict(MODEL, { image: IMAGE }),
      () => left-- > 0,
    );
    const calls = await server.calls();
    expect(calls.length - refused(calls).length).toBe(120);
    expect(refused(calls).length).toBeLessThan(30);
    expect(events.some(({ kind }) => kind === 'limited')).toBe(true);
  });

  test('is shared by two workers: who came first does not keep the other out', async () => {
    await server.set({ capacity: 8, delayMs: 300 });
    const options = { maxRetries: 0, maxWaitMs: 30_000 };
    const [first, second] = [await open(options), await open(options)];
    const served: [number, number] = [0, 0];
    const endAt = performance.now() + 9000;
    const go = (): boolean => performance.now() < endAt;
    const worker = async (client: PredictClient, index: 0 | 1, count: number): Promise<void> => {
      await callers(count, async () => void (await client.predict(MODEL, { image: IMAGE }), served[index]++), go);
    };
    const early = worker(first, 0, 16);
    await sleep(1000);
    served[0] = 0;
    await Promise.all([early, worker(second, 1, 16)]);
    const share = served[1] / (served[0] + served[1]);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.9);
  }, 30_000);
});
