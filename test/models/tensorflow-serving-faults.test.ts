import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';

import type { ModelsOptions, PredictClient } from '../../src/models/contract.js';
import { openModels } from '../../src/models/open.js';
import { expectReference, failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { type ModelServer, startModelServer } from '../support/model-server/start-model-server.js';
import { field, varint } from '../support/model-server/wire.mjs';
import { retainedMemory } from '../support/retained-memory.js';

const MODELS = [{ name: 'Reference', input: { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] } }] as const;
const MODEL = { name: 'Reference', version: '1' };
const IMAGE = ramp([1, 8, 8, 1]);
const MB = 1e6;

let server: ModelServer;
let proxy: CuttingProxy;
let clients: PredictClient[];

beforeAll(async () => {
  server = await startModelServer({ models: MODELS });
});
beforeEach(async () => {
  await server.set({});
  proxy = await startCuttingProxy(server.port);
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await proxy.close();
});
afterAll(async () => await server.stop());

const open = async (options: Partial<ModelsOptions> = {}, port = server.port): Promise<PredictClient> => {
  const client = await openModels(`grpc://127.0.0.1:${port}`, { ...TEST_MODELS_OPTIONS, ...options });
  clients.push(client);
  return client;
};

/** A `PredictResponse` with one output of these axes, float32, and whatever fields hold its values. */
function answerOf(axes: readonly (number | bigint)[], ...values: readonly Buffer[]): Buffer {
  const shape = field(2, Buffer.concat(axes.map((length) => field(2, field(1, length)))));
  const tensor = Buffer.concat([field(1, 1), shape, ...values]);
  return field(1, Buffer.concat([field(1, Buffer.from('prediction')), field(2, tensor)]));
}

const floats = (count: number): Buffer => field(5, Buffer.alloc(4 * count, 1));

describe('an answer of absurd shape', () => {
  test.each<[string, Buffer]>([
    ['an axis of 2⁴⁰ with one value', answerOf([2 ** 40], floats(1))],
    ['an axis of 2⁴⁰ with no value', answerOf([1, 2 ** 40])],
    ['a product of axes beyond all numbers', answerOf(Array<number>(200).fill(2 ** 62), floats(1))],
    ['a product of axes that is 0 in 64 bits', answerOf([2 ** 32, 2 ** 32], floats(4))],
    ['an axis of -8', answerOf([1, -8n, 8, 1], floats(64))],
    ['1000 axes', answerOf(Array<number>(1000).fill(1), floats(1))],
    ['fewer values than its shape', answerOf([1, 8, 8, 1], floats(63))],
    ['more values than its shape', answerOf([1, 8, 8, 1], floats(65))],
    ['content of another length', answerOf([1, 8, 8, 1], field(4, Buffer.alloc(255)))],
    ['values that claim more bytes than came', answerOf([8], Buffer.concat([varint((5 << 3) | 2), varint(2 ** 40)]))],
  ])('such as %s fails the call without memory for it, and the next call goes on', async (_, answer) => {
    await server.set({ answerBase64: answer.toString('base64') });
    const client = await open();
    const retained = retainedMemory();
    const before = retained();
    const error = await failure(client.predict(MODEL, { image: IMAGE }));
    expect(retained() - before).toBeLessThan(10 * MB);
    expect(error).toMatchObject({ code: 'KC_MODEL_OUTPUT', retry: 'never' });
    expect(error.facts.hint).toMatch(/\w+ \w+/);
    await server.set({});
    expectReference(await client.predict(MODEL, { image: IMAGE }), IMAGE);
  });
});

describe('100 MB of garbage', () => {
  test('in place of an answer fail the call, and nothing of them is kept after the next one', async () => {
    const client = await open();
    await client.predict(MODEL, { image: IMAGE });
    const retained = retainedMemory();
    const before = retained();
    await server.set({ garbageBytes: 100 * MB });
    // The error is not kept here: an error's stack holds what its functions worked on.
    expect(await failure(client.predict(MODEL, { image: IMAGE }))).toMatchObject({
      code: 'KC_MODEL_OUTPUT',
      retry: 'never',
      facts: { hint: expect.stringContaining('address') },
    });
    await server.set({});
    expectReference(await client.predict(MODEL, { image: IMAGE }), IMAGE);
    retained(); // What one collection sets free, the next one frees.
    expect(retained() - before).toBeLessThan(10 * MB);
  });

  test('in place of the protocol count as a server that is away', async () => {
    const noise = randomBytes(MB);
    const peer = createServer((socket) => {
      socket.on('error', () => undefined);
      for (let i = 0; i < 100; i++) socket.write(noise);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => peer.once('listening', resolve));
    const client = await open({ maxWaitMs: 500 }, (peer.address() as AddressInfo).port);
    const retained = retainedMemory();
    const before = retained();
    expect(await failure(client.predict(MODEL, { image: IMAGE }))).toMatchObject({
      code: 'KC_MODEL_UNREACHABLE',
      facts: { hint: expect.stringContaining('MODEL_SERVER') },
    });
    expect(retained() - before).toBeLessThan(10 * MB);
    peer.close();
  });
});

describe('a connection', () => {
  const LARGE = ramp([1, 600, 600, 1], 0.01);

  test('that is cut in the middle of an answer is made again, and no retry is used up', async () => {
    const client = await open({ maxRetries: 1, maxWaitMs: 10_000 }, proxy.port);
    await client.predict(MODEL, { image: IMAGE });
    const waits: string[] = [];
    for (const afterBytes of [0, 1000, 500_000]) {
      proxy.loseAnswerTo('Reference', afterBytes);
      const onWait = (reason: string): number => waits.push(reason);
      expectReference(await client.predict(MODEL, { image: LARGE }, { onWait }), LARGE);
    }
    expect(waits).toHaveLength(3);
  });

  test('on which the peer falls silent ends calls at their deadline, and is replaced after five of them', async () => {
    const client = await open({ timeoutMs: 300, maxRetries: 2 }, proxy.port);
    await client.predict(MODEL, { image: IMAGE });
    proxy.fallSilent();
    const error = await failure(client.predict(MODEL, { image: IMAGE }));
    expect(error).toMatchObject({ code: 'KC_MODEL_FAILED', retry: 'later' });
    expect(error.message).toContain('DEADLINE_EXCEEDED');
    expect(error.facts.hint).toContain('GRPC_TIMEOUT');
    expectReference(await client.predict(MODEL, { image: IMAGE }), IMAGE);
  });
});

describe('a slow server', () => {
  test('is waited for until just before the deadline, and given up just after it', async () => {
    const client = await open({ timeoutMs: 1000, maxRetries: 1 });
    await client.predict(MODEL, { image: IMAGE });
    await server.set({ delayMs: 700 });
    const calls = [1, 2, 3, 4].map(async () => await client.predict(MODEL, { image: IMAGE }));
    for (const outputs of await Promise.all(calls)) expectReference(outputs, IMAGE);
    await server.set({ delayMs: 1300 });
    expect(await failure(client.predict(MODEL, { image: IMAGE }))).toMatchObject({
      code: 'KC_MODEL_FAILED',
      retry: 'later',
    });
    await server.set({});
    expectReference(await client.predict(MODEL, { image: IMAGE }), IMAGE);
  });
});

describe('a server that is killed in the middle of many calls', () => {
  test('is waited for, and all calls are answered by the one that takes its port soon after it is there', async () => {
    const dying = await startModelServer({ models: MODELS, behaviours: { delayMs: 60_000 } });
    const client = await open({ maxWaitMs: 30_000, backoffMs: 3000, maxRetries: 1 }, dying.port);
    const calls = Promise.all(Array.from({ length: 8 }, async () => await client.predict(MODEL, { image: IMAGE })));
    while ((await dying.calls()).length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
    await dying.stop();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const restarted = await startModelServer({ models: MODELS, port: dying.port });
    const backAt = performance.now();
    for (const outputs of await calls) expectReference(outputs, IMAGE);
    expect(performance.now() - backAt).toBeLessThan(6000);
    await restarted.stop();
  });
});
