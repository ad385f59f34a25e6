import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readImage } from '../../src/images/read.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import { ndArray } from '../../src/processing/array/nd-array.js';
import { cli, jsonLines } from '../support/cli.js';
import { startModelServer, type ModelServer } from '../support/model-server/start-model-server.js';
import { nucleiImage } from '../../src/testing/nuclei.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const limits = { maxPixels: 1e9, maxBytes: 4e9 };
const ROWS = 200;
const COLUMNS = 260;

describe('the segmentation consumer, and detection', () => {
  let models: ModelServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    models = await startModelServer({
      models: [
        { name: 'Nuclei' },
        { name: 'Cells', input: { name: 'image', dtype: 'float32', shape: [-1, 256, 256, 1] } },
        { name: 'Detector', input: { name: 'image', dtype: 'float32', shape: [-1, 64, 64, 1] } },
      ],
    });
    env = { MODEL_SERVER: `grpc://127.0.0.1:${models.port}`, NUCLEAR_MODEL: 'Nuclei:1', CYTOPLASM_MODEL: 'Cells:1' };
    const channels = [nucleiImage(ROWS, COLUMNS, 1), nucleiImage(ROWS, COLUMNS, 2)];
    const data = Uint16Array.from(channels.flatMap((channel) => [...channel.data]));
    await writeTiff(join(folder.path, 'two.tif'), ndArray(data, [2, ROWS, COLUMNS]), { axes: 'CYX' });
  });

  afterAll(async () => {
    await models.stop();
    await folder.remove();
  });

  async function run(type: string, set: Record<string, string>, more: Record<string, string> = {}) {
    const fields = Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const result = await cli(['run', 'two.tif', '--type', type, '--out', 'out', '--json', ...fields], {
      cwd: folder.path,
      env: { ...env, ...more },
    });
    if (result.stdout === '') throw new TypeError(result.stderr);
    return jsonLines<{ status: string; reason?: string }>(result)[0]!;
  }

  function entries(): string[] {
    const script = 'import sys, zipfile, json; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))';
    return JSON.parse(
      spawnSync('python3', ['-c', script, join(folder.path, 'out', 'two.zip')]).stdout.toString(),
    ) as string[];
  }

  test('sends each channel that is named by position to the model of its kind', async () => {
    const before = (await models.calls()).length;
    expect(await run('segmentation', { channels: '0,1' })).toMatchObject({ status: 'done' });
    const asked = (await models.calls()).slice(before).filter((call) => call.method === 'Predict');
    expect([...new Set(asked.map((call) => call.model))]).toEqual(['Nuclei', 'Cells']);
    expect(entries()).toEqual(['two_batch_0_feature_0.tif', 'two_batch_0_feature_1.tif']);
    for (const feature of [0, 1]) {
      const labels = await readImage(join(folder.path, 'out', `two_feature_${feature}_labels.tif`), { limits });
      expect(labels).toMatchObject({ dtype: 'int32', shape: [ROWS, COLUMNS] });
      expect(Math.max(...(labels.data as Int32Array))).toBeGreaterThan(5);
    }
  }, 60_000);

  test('leaves out a position that is empty, and numbers the features on', async () => {
    expect(await run('segmentation', { channels: ',1' })).toMatchObject({ status: 'done' });
    expect(entries()).toEqual(['two_batch_0_feature_0.tif']);
  }, 60_000);

  test('takes the first channel for nuclei where the job says nothing, and gives labels of the size of the image whatever the scale', async () => {
    expect(await run('segmentation', { scale: '0.7' })).toMatchObject({ status: 'done' });
    const labels = await readImage(join(folder.path, 'out', 'two_labels.tif'), { limits });
    expect(labels.shape).toEqual([ROWS, COLUMNS]);
  }, 60_000);

  test('refuses channels by what they stand for', async () => {
    expect(await run('segmentation', { channels: ',,' })).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('names no channel'),
    });
    expect(await run('segmentation', { channels: '5' })).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/ImageShapeError: Channel 5/),
    });
  }, 60_000);

  test('the image consumer asks the detection models that are switched on', async () => {
    const before = (await models.calls()).length;
    const detection = { SCALE_DETECT_ENABLED: 'true', SCALE_DETECT_MODEL: 'Detector:1' };
    // The stand-in answers with a picture, whose first value is no scale of this image: what counts is that it was asked and believed.
    const outcome = await run('image', { channels: '0' }, detection);
    const asked = (await models.calls()).slice(before).find((call) => call.method === 'Predict');
    expect(asked).toMatchObject({ model: 'Detector', shape: expect.arrayContaining([64, 64, 1]) });
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/The scale of the image is [\d.]+; 0\.3333 to 3 is accepted/),
    });
  }, 60_000);

  test('a scale in the job goes before detection', async () => {
    const before = (await models.calls()).length;
    const detection = { SCALE_DETECT_ENABLED: 'true', SCALE_DETECT_MODEL: 'Detector:1' };
    expect(await run('image', { channels: '0', scale: '1' }, detection)).toMatchObject({ status: 'done' });
    const asked = (await models.calls()).slice(before).filter((call) => call.method === 'Predict');
    expect(asked.map((call) => call.model)).toEqual(['Nuclei']);
  }, 60_000);
});
