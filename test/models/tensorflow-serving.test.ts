import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { PredictClient } from '../../src/models/contract.js';
import { openModels } from '../../src/models/open.js';
import { describeModels, expectReference, failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { type ModelServer, startModelServer } from '../support/model-server/start-model-server.js';

const ANY_SIZE = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] } as const;
const MODELS = [
  { name: 'Reference', versions: ['2', '10'], input: ANY_SIZE },
  { name: 'Fixed', input: { ...ANY_SIZE, shape: [-1, 8, 8, 1] } },
  { name: 'Bytes', input: { ...ANY_SIZE, dtype: 'uint8' } },
  { name: 'Brain', input: { ...ANY_SIZE, dtype: 'bfloat16' } },
] as const;
const REFERENCE = { name: 'Reference', version: '10' };

describeModels('grpc:', async () => {
  const server = await startModelServer({ models: MODELS });
  const client = await openModels(`grpc://127.0.0.1:${server.port}`, TEST_MODELS_OPTIONS);
  return {
    client,
    slowCall: async (signal) => {
      await server.set({ delayMs: 3000 });
      try {
        await client.predict(REFERENCE, { image: ramp([1, 8, 8, 1]) }, { signal });
      } finally {
        await server.set({});
      }
    },
    close: async () => {
      await client.close();
      await server.stop();
    },
  };
});

describe('a TensorFlow Serving in another process', () => {
  let server: ModelServer;
  let client: PredictClient;

  beforeAll(async () => {
    server = await startModelServer({ models: MODELS });
  });
  beforeEach(async () => {
    await server.set({});
    client = await openModels(`grpc://127.0.0.1:${server.port}`, TEST_MODELS_OPTIONS);
  });
  afterEach(async () => await client.close());
  afterAll(async () => await server.stop());

  test.each(['packed', 'content', 'unpacked', 'split', 'mixed'] as const)(
    'is understood when it answers %s values',
    async (encoding) => {
      await server.set({ encoding });
      const input = ramp([2, 16, 24, 1]);
      expectReference(await client.predict(REFERENCE, { image: input }), input);
    },
  );

  test('gets tensor_content, and answers larger than 4 MiB are read', async () => {
    const input = ramp([1, 1200, 1000, 1], 0.01);
    expectReference(await client.predict(REFERENCE, { image: input }), input);
    expect((await server.calls()).at(-1)).toMatchObject({ encoding: 'content', shape: [1, 1200, 1000, 1], code: 'OK' });
  });

  test.each([
    ['input', false],
    ['older servers word it', true],
  ])('teaches its largest batch by refusing one (%s)', async (_, oldWording) => {
    await server.set({ maxBatch: 8, oldWording });
    const before = (await server.calls()).length;
    const input = ramp([20, 8, 8, 1]);
    expectReference(await client.predict(REFERENCE, { image: input }), input);
    expectReference(await client.predict(REFERENCE, { image: input }), input);
    const calls = (await server.calls()).slice(before);
    expect(calls.map(({ batch }) => batch)).toEqual([20, 8, 8, 4, 8, 8, 4]);
    expect(calls.map(({ code }) => code)).toEqual(['INVALID_ARGUMENT', ...Array<string>(6).fill('OK')]);
  });

  test('is asked for each model by the limit of that model', async () => {
    await server.set({ maxBatch: 8 });
    await client.predict(REFERENCE, { image: ramp([9, 8, 8, 1]) });
    const before = (await server.calls()).length;
    await client.predict({ name: 'Fixed', version: '1' }, { image: ramp([9, 8, 8, 1]) });
    expect((await server.calls()).slice(before).map(({ batch }) => batch)).toEqual([9, 8, 1]);
  });

  test('that accepts no batch at all fails the call instead of being asked for ever', async () => {
    await server.set({
      fail: { code: 'INVALID_ARGUMENT', times: 9, details: 'Task size 4 is larger than maximum input batch size 0' },
    });
    expect(await failure(client.predict(REFERENCE, { image: ramp([4, 8, 8, 1]) }))).toMatchObject({
      code: 'KC_MODEL_INPUT',
      retry: 'never',
    });
    await server.set({
      fail: { code: 'INVALID_ARGUMENT', times: 9, details: 'Task size 4 is larger than maximum input batch size 4' },
    });
    expect(await failure(client.predict(REFERENCE, { image: ramp([4, 8, 8, 1]) }))).toMatchObject({
      code: 'KC_MODEL_INPUT',
    });
  });

  test('that refuses a message as too large gets half of the batch', async () => {
    await server.set({
      fail: { code: 'RESOURCE_EXHAUSTED', times: 1, details: 'Received message larger than max (9000 vs. 4096)' },
    });
    const before = (await server.calls()).length;
    const input = ramp([5, 8, 8, 1]);
    expectReference(await client.predict(REFERENCE, { image: input }), input);
    expect((await server.calls()).slice(before + 1).map(({ batch }) => batch)).toEqual([2, 2, 1]);
  });

  test('feeds bfloat16 models with 16-bit patterns', async () => {
    const values = new Uint16Array([0x3f80, 0xbf80, 0x4000, 0x0000]); // 1, -1, 2, 0
    const outputs = await client.predict(
      { name: 'Brain', version: '1' },
      { image: { dtype: 'bfloat16', shape: [1, 2, 2, 1], data: values } },
    );
    expect(outputs['prediction']?.data).toEqual(new Float32Array([0.25, 0, 0.5, 0]));
  });

  test.each([
    ['half-message', /damaged|holds/],
    ['garbage', /damaged|without any output/],
    ['no-outputs', /without any output/],
  ] as const)('that answers %s fails the call with a model error', async (fault, message) => {
    await server.set({ fault });
    const error = await failure(client.predict(REFERENCE, { image: ramp([1, 8, 8, 1]) }));
    expect(error).toMatchObject({ code: 'KC_MODEL_OUTPUT', retry: 'never' });
    expect(error.message).toMatch(message);
  });

  test('without a serving_default signature is told from one that has it', async () => {
    await server.set({ fault: 'no-signature' });
    const error = await failure(client.describe(REFERENCE));
    expect(error.code).toBe('KC_MODEL_METADATA');
    expect(error.message).toContain('there are: other');
  });

  test('tells the outputs too', async () => {
    const { outputs } = await client.describe(REFERENCE);
    expect(outputs.map(({ name }) => name)).toEqual(['prediction', 'prediction_1']);
  });
});

describe('the metadata of models', () => {
  test('go through the shared cache in the form that other consumers read', async () => {
    const server = await startModelServer({
      models: [{ name: 'NuclearSegmentation', versions: ['6'], input: { ...ANY_SIZE, shape: [-1, 256, 256, 1] } }],
    });
    const stored = new Map<string, { value: string; ttlSeconds: number }>();
    const metadataCache = {
      ttlSeconds: 30,
      read: (key: string) => Promise.resolve(stored.get(key)?.value),
      write: (key: string, value: string, ttlSeconds: number) =>
        Promise.resolve(void stored.set(key, { value, ttlSeconds })),
    };
    const open = () => openModels(`grpc://127.0.0.1:${server.port}`, { ...TEST_MODELS_OPTIONS, metadataCache });
    const clients = [await open(), await open(), await open()] as const;
    const [client, another, third] = clients;
    const model = { name: 'NuclearSegmentation', version: '6' };
    const asked = await client.describe(model);
    expect(stored.get('NuclearSegmentation:6')).toEqual({
      value:
        '{"image":{"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"-1"},{"size":"256"},{"size":"256"},{"size":"1"}]},"name":"serving_default_image:0"}}',
      ttlSeconds: 30,
    });
    expect((await client.describe(model)).inputs).toEqual(asked.inputs);
    expect((await another.describe(model)).inputs).toEqual(asked.inputs);
    expect(await server.calls()).toHaveLength(1);
    stored.set('NuclearSegmentation:6', { value: '{"image": 5', ttlSeconds: 30 });
    expect((await third.describe(model)).inputs).toEqual(asked.inputs);
    expect(await server.calls()).toHaveLength(2);
    await client.describe({ ...model, version: undefined });
    expect([...stored.keys()]).toEqual(['NuclearSegmentation:6']);
    for (const each of clients) await each.close();
    await server.stop();
  });
});
