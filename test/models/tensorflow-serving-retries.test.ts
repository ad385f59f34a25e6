import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { connect, createServer, type Server, type Socket } from 'node:net';

import type { ModelsOptions, PredictClient } from '../../src/models/contract.js';
import { openModels } from '../../src/models/open.js';
import { expectReference, failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { freePort } from '../support/free-port.js';
import { type ModelServer, type ServedCall, startModelServer } from '../support/model-server/start-model-server.js';

const MODELS = [{ name: 'Reference', input: { name: 'image', dtype: 'float32', shape: [-1, 8, 8, 1] } }] as const;
const MODEL = { name: 'Reference', version: '1' };
const IMAGE = ramp([1, 8, 8, 1]);

describe('calls that fail', () => {
  let server: ModelServer;
  let before: number;
  const clients: PredictClient[] = [];

  beforeAll(async () => {
    server = await startModelServer({ models: MODELS });
  });
  beforeEach(async () => {
    await server.set({});
    before = (await server.calls()).length;
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const client of clients.splice(0)) await client.close();
  });
  afterAll(async () => await server.stop());

  const open = async (options: Partial<ModelsOptions> = {}, port = server.port): Promise<PredictClient> => {
    const client = await openModels(`grpc://127.0.0.1:${port}`, { ...TEST_MODELS_OPTIONS, ...options });
    clients.push(client);
    return client;
  };
  const calls = async (): Promise<ServedCall[]> => (await server.calls()).slice(before);

  test.each([1, 2, 5])('for overload are repeated exactly MAX_RETRY = %i times', async (maxRetries) => {
    await server.set({ fail: { code: 'RESOURCE_EXHAUSTED', times: 100, details: 'queue is full' } });
    const client = await open({ maxRetries });
    const error = await failure(client.predict(MODEL, { image: IMAGE }));
    expect(error).toMatchObject({ code: 'KC_MODEL_FAILED', retry: 'later' });
    expect(error.message).toContain('RESOURCE_EXHAUSTED: queue is full');
    expect(await calls()).toHaveLength(1 + maxRetries);
  });

  test('succeed with the last retry', async () => {
    await server.set({ fail: { code: 'RESOURCE_EXHAUSTED', times: 3 } });
    expectReference(await (await open({ maxRetries: 3 })).predict(MODEL, { image: IMAGE }), IMAGE);
    expect(await calls()).toHaveLength(4);
  });

  test.each([0, -1])('are repeated without bound where MAX_RETRY is %i', async (maxRetries) => {
    await server.set({ fail: { code: 'DEADLINE_EXCEEDED', times: 12 } });
    const client = await open({ maxRetries, backoffMs: 0.01 });
    expectReference(await client.predict(MODEL, { image: IMAGE }), IMAGE);
    expect(await calls()).toHaveLength(13);
  });

  test('by their deadline are counted, and the server is told to stop', async () => {
    await server.set({ delayMs: 400 });
    const client = await open({ timeoutMs: 100, maxRetries: 2 });
    const error = await failure(client.predict(MODEL, { image: IMAGE }));
    expect(error).toMatchObject({ code: 'KC_MODEL_FAILED', retry: 'later' });
    expect(error.message).toContain('DEADLINE_EXCEEDED');
    expect(error.facts.hint).toContain('0.1 s');
    expect(await calls()).toHaveLength(3);
    expect((await calls()).every(({ cancelled }) => cancelled)).toBe(true);
  });

  test('because the server is away use up no retry and are told', async () => {
    await server.set({ fail: { code: 'UNAVAILABLE', times: 8, details: 'starting' } });
    const waits: [string, number][] = [];
    const client = await open({ maxRetries: 1, backoffMs: 1 });
    const outputs = await client.predict(MODEL, { image: IMAGE }, { onWait: (reason, ms) => waits.push([reason, ms]) });
    expectReference(outputs, IMAGE);
    expect(await calls()).toHaveLength(9);
    expect(waits.length).toBeGreaterThanOrEqual(8);
    expect(waits[0]![0]).toContain('UNAVAILABLE: starting');
    expect(waits.map(([, ms]) => ms)).toEqual(waits.map(([, ms]) => ms).toSorted((a, b) => a - b));
  });

  test('because nobody listens end after maxWait as unreachable, for the job to wait', async () => {
    const port = await freePort();
    const client = await open({ maxWaitMs: 400, backoffMs: 20 }, port);
    const started = Date.now();
    const error = await failure(client.predict(MODEL, { image: IMAGE }));
    expect(error).toMatchObject({ code: 'KC_MODEL_UNREACHABLE', retry: 'wait' });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.facts.hint).toContain('TF_HOST');
    expect(Date.now() - started).toBeGreaterThanOrEqual(400);
    expect(Date.now() - started).toBeLessThan(5000);
    expect(await failure(client.ping())).toMatchObject({ code: 'KC_MODEL_UNREACHABLE' });
  });

  test('go on when the server comes back at the same address', async () => {
    const port = await freePort();
    const client = await open({ maxWaitMs: 15_000, backoffMs: 50 }, port);
    const outputs = client.predict(MODEL, { image: IMAGE });
    const late = await startModelServer({ models: MODELS, port });
    expectReference(await outputs, IMAGE);
    await late.stop();
    const again = client.predict(MODEL, { image: IMAGE });
    const restarted = await startModelServer({ models: MODELS, port });
    expectReference(await again, IMAGE);
    await restarted.stop();
  });

  test('because the server died in the middle are waited out, too', async () => {
    const port = await freePort();
    const dying = await startModelServer({ models: MODELS, port, behaviours: { delayMs: 5000 } });
    const client = await open({ maxWaitMs: 15_000, backoffMs: 50, maxRetries: 1 }, port);
    const waits: string[] = [];
    const outputs = client.predict(MODEL, { image: IMAGE }, { onWait: (reason) => waits.push(reason) });
    while ((await dying.calls()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await dying.stop();
    const restarted = await startModelServer({ models: MODELS, port });
    expectReference(await outputs, IMAGE);
    expect(waits.length).toBeGreaterThan(0);
    await restarted.stop();
  });

  test('on a connection that is never accepted count as a server that is away, not as a slow one', async () => {
    const sockets: Socket[] = [];
    const silent: Server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const client = await open({ timeoutMs: 150, maxWaitMs: 400, maxRetries: 1, backoffMs: 5 }, port);
    expect(await failure(client.predict(MODEL, { image: IMAGE }))).toMatchObject({
      code: 'KC_MODEL_UNREACHABLE',
      retry: 'wait',
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('wait longer each time, at random between nothing and the doubled bound', async () => {
    await server.set({ fail: { code: 'RESOURCE_EXHAUSTED', times: 4 } });
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const client = await open({ maxRetries: 4, backoffMs: 20 });
    const started = Date.now();
    await client.predict(MODEL, { image: IMAGE });
    expect(Date.now() - started).toBeGreaterThanOrEqual(20 + 40 + 80 + 160);
    jest.mocked(Math.random).mockReturnValue(0);
    await server.set({ fail: { code: 'RESOURCE_EXHAUSTED', times: 4 } });
    const again = Date.now();
    await client.predict(MODEL, { image: IMAGE });
    expect(Date.now() - again).toBeLessThan(300);
  });

  test('leave a pause at once when they are aborted in it, with the reason of the signal', async () => {
    await server.set({ fail: { code: 'RESOURCE_EXHAUSTED', times: 9 } });
    const client = await open({ backoffMs: 60_000 });
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const stop = new AbortController();
    const started = Date.now();
    const running = failure(client.predict(MODEL, { image: IMAGE }, { signal: stop.signal }));
    setTimeout(() => stop.abort(), 100);
    expect((await running).code).toBe('KC_ABORTED');
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ['INTERNAL', 'KC_MODEL_FAILED'],
    ['FAILED_PRECONDITION', 'KC_MODEL_FAILED'],
    ['UNIMPLEMENTED', 'KC_MODEL_FAILED'],
    ['PERMISSION_DENIED', 'KC_MODEL_FAILED'],
    ['NOT_FOUND', 'KC_MODEL_UNKNOWN'],
    ['INVALID_ARGUMENT', 'KC_MODEL_INPUT'],
  ])('with %s are not repeated', async (code, expected) => {
    await server.set({ fail: { code, times: 5 } });
    const error = await failure((await open()).predict(MODEL, { image: IMAGE }));
    expect(error).toMatchObject({ code: expected, retry: 'never' });
    expect(error.message).toContain(code);
    expect(await calls()).toHaveLength(1);
  });

  test('share one connection with all others of the client', async () => {
    const accepted: Socket[] = [];
    const proxy = createServer((socket) => {
      accepted.push(socket);
      const upstream = connect(server.port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const client = await open({}, (proxy.address() as { port: number }).port);
    await Promise.all([1, 2, 3].map(() => client.predict(MODEL, { image: IMAGE })));
    await client.describe(MODEL);
    await client.predict(MODEL, { image: IMAGE });
    expect(accepted).toHaveLength(1);
    await client.close();
    proxy.close();
  });
});
