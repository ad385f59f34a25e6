import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { KioskError } from '../../src/errors/kiosk-error.js';
import type { ModelId, ModelsOptions, PredictClient, Tensor } from '../../src/models/contract.js';
import { checkOutputs, orderedOutputs } from '../../src/models/outputs.js';
import { fromFloat32 } from '../../src/models/tensor.js';

/**
 * A client to be tested and the models behind it, all of which compute prediction = max(z, 0) / 4 and
 * prediction_1 = (z − 0.2) / 3 of the input `image`:
 * `Reference` 2 and 10 (float32, any size), `Fixed` 1 (float32, 8 × 8 × 1), `Bytes` 1 (uint8, any size).
 */
export interface ModelsUnderTest {
  readonly client: PredictClient;
  /** A call that takes long enough to be aborted. */
  readonly slowCall: (signal: AbortSignal) => Promise<unknown>;
  close(): Promise<void>;
}

export const TEST_MODELS_OPTIONS: ModelsOptions = {
  timeoutMs: 10_000,
  backoffMs: 10,
  maxRetries: 3,
  maxWaitMs: 2000,
  maxBatchSize: 64,
  minModelSize: 128,
  tensorName: 'image',
  threads: 1,
};

const REFERENCE: ModelId = { name: 'Reference', version: '10' };

/** What every `PredictClient` must do. */
export function describeModels(name: string, open: () => Promise<ModelsUnderTest>): void {
  describe(`${name} as predict client`, () => {
    let subject: ModelsUnderTest;
    let client: PredictClient;

    beforeAll(async () => {
      subject = await open();
      client = subject.client;
    });
    afterAll(async () => await subject.close());

    test('answers a ping', async () => {
      await expect(client.ping()).resolves.toBeUndefined();
    });

    test('describes the inputs of a model, free lengths as -1', async () => {
      const { id, inputs } = await client.describe(REFERENCE);
      expect(id).toEqual(REFERENCE);
      expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] }]);
      const fixed = await client.describe({ name: 'Fixed', version: '1' });
      expect(fixed.inputs).toEqual([{ name: 'image', dtype: 'float32', shape: [-1, 8, 8, 1] }]);
      expect((await client.describe({ name: 'Bytes', version: '1' })).inputs[0]?.dtype).toBe('uint8');
    });

    test('computes all outputs for a batch, items in order', async () => {
      const input = ramp([3, 8, 16, 1]);
      const outputs = await client.predict(REFERENCE, { image: input });
      expect(Object.keys(outputs).toSorted()).toEqual(['prediction', 'prediction_1']);
      expectReference(outputs, input);
    });

    test('leaves the inputs as they were, and usable again', async () => {
      const input = ramp([2, 8, 8, 1]);
      const before = input.data.slice();
      await client.predict(REFERENCE, { image: input });
      expect(input.data).toEqual(before);
      expectReference(await client.predict(REFERENCE, { image: input }), input);
    });

    test('gives each output a buffer of its own, so that it can be moved to a thread', async () => {
      const outputs = await client.predict(REFERENCE, { image: ramp([1, 8, 8, 1]) });
      const buffers = Object.values(outputs).map(({ data }) => data.buffer);
      expect(new Set(buffers).size).toBe(2);
      for (const { data } of Object.values(outputs)) expect(data.buffer.byteLength).toBe(data.byteLength);
    });

    test('takes a view of a larger array as input', async () => {
      const large = Float32Array.from({ length: 200 }, (_, index) => index - 100);
      const input: Tensor = { dtype: 'float32', shape: [1, 8, 8, 1], data: large.subarray(7, 71) };
      expectReference(await client.predict(REFERENCE, { image: input }), input);
      expect(large).toHaveLength(200);
    });

    test('feeds a model that takes bytes', async () => {
      const input = fromFloat32(
        Float32Array.from({ length: 64 }, (_, index) => index * 4),
        [1, 8, 8, 1],
        'uint8',
      );
      expectReference(await client.predict({ name: 'Bytes', version: '1' }, { image: input }), input);
    });

    test('uses the newest version, by number, where none is named', async () => {
      const newest = { name: 'Reference', version: undefined };
      const input = ramp([1, 8, 8, 1]);
      expectReference(await client.predict(newest, { image: input }), input);
      expect((await client.describe(newest)).inputs).toHaveLength(1);
    });

    test('keeps concurrent calls apart', async () => {
      const inputs = [1, 2, 3, 4, 5, 6].map((size) => ramp([1, size * 8, 8, 1], size));
      const outputs = await Promise.all(inputs.map((image) => client.predict(REFERENCE, { image })));
      for (const [index, input] of inputs.entries()) expectReference(outputs[index]!, input);
    });

    test.each([
      ['a model that is not there', { name: 'Nowhere', version: '1' }],
      ['a version that is not there', { name: 'Reference', version: '3' }],
      ['a version that is not a number', { name: 'Reference', version: '../1' }],
    ])('refuses %s by name, at once', async (_, id) => {
      const error = await failure(client.predict(id, { image: ramp([1, 8, 8, 1]) }));
      expect(error).toMatchObject({ code: 'KC_MODEL_UNKNOWN', retry: 'never' });
      expect(error.message).toContain(id.name);
      expect(error.message).toContain(id.version);
      expect(error.facts.hint).toMatch(/name:version/);
      expect(await failure(client.describe(id))).toMatchObject({ code: 'KC_MODEL_UNKNOWN' });
    });

    test.each<[string, Record<string, Tensor>]>([
      ['of a wrong size', { image: ramp([1, 16, 8, 1]) }],
      ['of a wrong rank', { image: ramp([1, 8, 8]) }],
      ['of a wrong name', { picture: ramp([1, 8, 8, 1]) }],
      ['of a wrong dtype', { image: fromFloat32(new Float32Array(64), [1, 8, 8, 1], 'uint8') }],
      ['that is missing', {}],
      ['without items', { image: ramp([0, 8, 8, 1]) }],
      ['whose shape and values disagree', { image: { ...ramp([1, 8, 8, 1]), shape: [1, 9, 8, 1] } }],
    ])('refuses an input %s as input error', async (_, inputs) => {
      const error = await failure(client.predict({ name: 'Fixed', version: '1' }, inputs));
      expect(error).toMatchObject({ code: 'KC_MODEL_INPUT', retry: 'never' });
    });

    test('lets NaN through to the check of outputs, which refuses it', async () => {
      const input = ramp([1, 8, 8, 1]);
      (input.data as Float32Array)[10] = Number.NaN;
      const outputs = orderedOutputs(await client.predict(REFERENCE, { image: input }));
      expect(() => checkOutputs(outputs.slice(1), { batch: 1, rows: 8, columns: 8 })).toThrow(
        /"prediction_1" holds 1 NaN.*row 1, column 2/,
      );
    });

    test('does not begin if it was aborted before', async () => {
      const error = await failure(
        client.predict(REFERENCE, { image: ramp([1, 8, 8, 1]) }, { signal: AbortSignal.abort() }),
      );
      expect(error.code).toBe('KC_ABORTED');
    });

    test('stops a running call when its signal is aborted, and works on', async () => {
      const stop = new AbortController();
      let abortedAt = Number.POSITIVE_INFINITY;
      const running = failure(subject.slowCall(stop.signal));
      setTimeout(() => {
        abortedAt = Date.now();
        stop.abort();
      }, 150);
      expect((await running).code).toBe('KC_ABORTED');
      expect(Date.now() - abortedAt).toBeLessThan(1000); // the call takes several times that
      const input = ramp([1, 8, 8, 1]);
      expectReference(await client.predict(REFERENCE, { image: input }), input);
    });
  });
}

/** Values from −1 upwards, different in every element. */
export function ramp(shape: readonly number[], step = 1): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: size }, (_, index) => -1 + (index * step) / 100),
  };
}

export function expectReference(outputs: Record<string, Tensor>, input: Tensor): void {
  const z = input.data;
  for (const name of ['prediction', 'prediction_1']) {
    const output = outputs[name]!;
    expect(output.dtype).toBe('float32');
    expect(output.shape).toEqual(input.shape);
    let largest = 0;
    for (let i = 0; i < z.length; i++) {
      const value = Number(z[i]);
      const expected = name === 'prediction' ? Math.max(value, 0) / 4 : (value - 0.2) / 3;
      largest = Math.max(largest, Math.abs(expected - Number(output.data[i])));
    }
    expect(largest).toBeLessThan(1e-5);
  }
}

/** The error that a promise ends with. @throws {TypeError} if it ends well */
export async function failure(promise: Promise<unknown>): Promise<KioskError> {
  try {
    await promise;
  } catch (error) {
    return error as KioskError;
  }
  throw new TypeError('expected a failure');
}
