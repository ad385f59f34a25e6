import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Tensor } from '../../src/models/contract.js';
import { OnnxClient } from '../../src/models/onnx/client.js';
import type { RuntimeName } from '../../src/models/onnx/runtime.js';
import { openModels } from '../../src/models/open.js';
import { describeModels, expectReference, failure, ramp, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { writeReferenceModel } from '../support/reference-onnx.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BUNDLED = fileURLToPath(new URL('../../plugins/image/models', import.meta.url));
const NUCLEAR = { name: 'nuclear-demo', version: '1' };

async function writeModels(root: string): Promise<void> {
  await writeReferenceModel(root, 'Reference', '2');
  await writeReferenceModel(root, 'Reference', '10');
  await writeReferenceModel(root, 'Fixed', '1', { shape: [-1, 8, 8, 1] });
  await writeReferenceModel(root, 'Bytes', '1', { dtype: 'uint8' });
  await cp(path.join(BUNDLED, 'nuclear-demo'), path.join(root, 'nuclear-demo'), { recursive: true });
}

const RUNTIMES: RuntimeName[] = ['onnxruntime-node', 'onnxruntime-web'];

for (const runtime of RUNTIMES) {
  describeModels(`onnx: by ${runtime}`, async () => {
    const folder = await temporaryFolder();
    await writeModels(folder.path);
    const client = new OnnxClient(folder.path, { threads: 1, runtime });
    await client.describe(NUCLEAR); // the slow call is to be slow itself, not to load
    return {
      client,
      slowCall: (signal) => client.predict(NUCLEAR, { image: ramp([16, 512, 512, 1]) }, { signal }),
      close: async () => {
        await client.close();
        await folder.remove();
      },
    };
  });
}

describe('the bundled model', () => {
  const clients = RUNTIMES.map((runtime) => new OnnxClient(BUNDLED, { threads: 1, runtime }));
  afterAll(async () => {
    for (const client of clients) await client.close();
  });

  test('comes with a card that says how it is used', async () => {
    const { inputs, outputs, card } = await clients[0]!.describe({ name: 'nuclear-demo', version: undefined });
    expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] }]);
    expect(outputs.map(({ name }) => name)).toEqual(card?.heads);
    expect(card).toMatchObject({
      format: 1,
      preprocess: [{ function: 'quantile_normalize' }],
      tiling: { halo: 56, multipleOf: 8 },
    });
  });

  test('tells which runtime is in use, and gives the same result in both to 1e-5', async () => {
    const image = discs(96, 104);
    const results: Record<string, Tensor>[] = [];
    for (const [index, client] of clients.entries()) {
      expect(await client.runtime()).toMatchObject({
        name: RUNTIMES[index],
        version: expect.stringMatching(/^\d+\.\d+/),
      });
      results.push(await client.predict(NUCLEAR, { image }));
    }
    const [native, web] = results.map((outputs) => outputs['inner_distance']!.data as Float32Array);
    expect(Math.max(...native!.map((value, index) => Math.abs(value - web![index]!)))).toBeLessThan(1e-5);
    expect(native![48 * 104 + 52]).toBeGreaterThan(0.7); // the middle of a nucleus
    expect(native![0]).toBeLessThan(0.1); // background
  });

  test('is found by an onnx: address: bundled, as URL or as path', async () => {
    for (const address of [
      'onnx:bundled',
      `onnx:${BUNDLED}`,
      new URL(`file://${BUNDLED}`).href.replace('file:', 'onnx:'),
    ]) {
      const client = await openModels(address, TEST_MODELS_OPTIONS);
      expect(client.address).toBe(`onnx:${BUNDLED}`);
      expect((await client.describe({ name: 'nuclear-demo', version: undefined })).id).toEqual(NUCLEAR);
      await client.close();
    }
  });
});

test.each(['exit', 'close'])('a process that ends by %s while a model runs ends as it wants to', (way) => {
  const script = `
    const { OnnxClient } = await import(${JSON.stringify(new URL('../../dist/src/models/onnx/client.js', import.meta.url).href)});
    const client = new OnnxClient(${JSON.stringify(BUNDLED)}, { threads: 1 });
    const model = ${JSON.stringify(NUCLEAR)};
    await client.describe(model);
    const image = { dtype: 'float32', shape: [1, 512, 512, 1], data: new Float32Array(512 * 512) };
    client.predict(model, { image }).catch(() => undefined);
    setTimeout(() => ${way === 'exit' ? 'process.exit(3)' : 'client.close().then(() => process.exit(3))'}, 60);
  `;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
});

describe('a folder of models', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let client: OnnxClient;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeModels(folder.path);
    client = new OnnxClient(folder.path, { threads: 1 });
  });
  afterAll(async () => {
    await client.close();
    await folder.remove();
  });

  test.each(['../Reference', 'Reference/../Reference', '/etc', '..', '.', '', 'Refe\0rence'])(
    'is not left by the name %p',
    async (name) => {
      const error = await failure(client.describe({ name, version: '10' }));
      expect(error.code).toBe('KC_MODEL_UNKNOWN');
      expect(error.facts.details?.[0]).toContain('Reference:10');
    },
  );

  test('takes the native runtime where nothing else is asked for', async () => {
    expect((await client.runtime()).name).toBe('onnxruntime-node');
  });

  test('notices that a model was replaced', async () => {
    const model = { name: 'Swapped', version: '1' };
    await writeReferenceModel(folder.path, 'Swapped', '1', { input: 'before' });
    expect((await client.describe(model)).inputs[0]?.name).toBe('before');
    await writeReferenceModel(folder.path, 'Swapped', '1', { input: 'after' });
    await utimes(path.join(folder.path, 'Swapped/1/model.onnx'), new Date(), new Date(Date.now() + 5000));
    expect((await client.describe(model)).inputs[0]?.name).toBe('after');
  });

  test('holds more models than are kept loaded', async () => {
    for (let index = 0; index < 7; index++) await writeReferenceModel(folder.path, `Many${index}`, '1');
    const input = ramp([1, 8, 8, 1]);
    for (const round of [1, 2]) {
      for (let index = 0; index < 7; index++) {
        expectReference(await client.predict({ name: `Many${index}`, version: '1' }, { image: input }), input);
      }
      expect(round).toBeLessThan(3);
    }
  });

  test('says which file is no model', async () => {
    await mkdir(path.join(folder.path, 'Broken/1'), { recursive: true });
    await writeFile(path.join(folder.path, 'Broken/1/model.onnx'), 'not a model');
    const error = await failure(client.predict({ name: 'Broken', version: '1' }, { image: ramp([1, 8, 8, 1]) }));
    expect(error).toMatchObject({ code: 'KC_MODEL_FAILED', retry: 'never' });
    expect(error.message).toContain('Broken/1/model.onnx');
  });

  test('runs a model of fixed batch in batches of that size', async () => {
    await writeReferenceModel(folder.path, 'Pairs', '1', { shape: [2, 8, 8, 1] });
    const input = ramp([4, 8, 8, 1]);
    expectReference(await client.predict({ name: 'Pairs', version: '1' }, { image: input }), input);
  });

  test('lets go of a call that waits its turn without disturbing the one that runs', async () => {
    const input = ramp([1, 512, 512, 1], 0.001);
    const stop = new AbortController();
    const running = client.predict(NUCLEAR, { image: input });
    const waiting = failure(
      client.predict({ name: 'Reference', version: '2' }, { image: input }, { signal: stop.signal }),
    );
    await sleep(20);
    stop.abort();
    expect((await waiting).code).toBe('KC_ABORTED');
    expect((await running)['inner_distance']?.shape).toEqual([1, 512, 512, 1]);
  });

  test('fails what is in hand when it is closed, and takes nothing more', async () => {
    const other = new OnnxClient(folder.path, { threads: 1 });
    const calls = [1, 2].map(() => failure(other.predict(NUCLEAR, { image: ramp([1, 512, 512, 1]) })));
    await sleep(50);
    await other.close();
    for (const error of await Promise.all(calls)) expect(['KC_ABORTED', 'KC_INTERNAL']).toContain(error.code);
    expect((await failure(other.ping())).code).toBe('KC_INTERNAL');
    await other.close();
  });

  test('that is missing or empty is told by a ping', async () => {
    const empty = path.join(folder.path, 'empty');
    const gone = new OnnxClient(empty, { threads: 1 });
    expect(await failure(gone.ping())).toMatchObject({ code: 'KC_MODEL_UNREACHABLE' });
    await mkdir(empty);
    expect((await failure(gone.ping())).message).toContain('holds no model');
    await gone.close();
    await rm(empty, { recursive: true });
  });
});

/** A bright disc of 24 px in the middle of a dark field, normalised. */
function discs(rows: number, columns: number): Tensor {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const distance = Math.hypot(row - rows / 2, column - columns / 2);
      data[row * columns + column] = 1 / (1 + Math.exp((distance - 12) / 1.5));
    }
  }
  return { dtype: 'float32', shape: [1, rows, columns, 1], data };
}
