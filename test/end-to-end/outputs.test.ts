import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractEntries } from '../../src/images/archive/zip-extract.js';
import { readImage } from '../../src/images/read.js';
import { cli, jsonLines, startCli } from '../support/cli.js';
import { writeNuclei } from '../../src/testing/nuclei.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVERYTHING = 'labels,table,outlines,rois,zarr,overlay,provenance';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const env: Record<string, string> = { NUCLEAR_MODEL: 'nuclear-demo:1', CYTOPLASM_MODEL: 'nuclear-demo:1' };

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeNuclei(join(folder.path, 'field.tif'), 96, 120, 1);
});
afterAll(() => folder.remove());

async function run(out: string, args: readonly string[], input = 'field.tif') {
  return await cli(['run', input, '--type', 'image', '--out', out, '--json', ...args], { cwd: folder.path, env });
}

/** The entries of an archive and their bytes, in its order. */
async function unpack(archive: string, into: string): Promise<Map<string, Buffer>> {
  await mkdir(into, { recursive: true });
  const limits = { maxEntries: 1000, maxEntryBytes: 1e8, maxTotalBytes: 1e8 };
  const entries = await extractEntries(archive, into, { limits, wanted: () => true });
  return new Map(await Promise.all(entries.map(async ({ name, file }) => [name, await readFile(file)] as const)));
}

const at = (...parts: string[]) => join(folder.path, ...parts);

describe('outputs on request', () => {
  test('leave the archive and the files as they were where nothing is asked for', async () => {
    expect((await run('plain', [])).code).toBe(0);
    expect((await readdir(at('plain'))).toSorted()).toEqual([
      'field.zip',
      'field_cells.csv',
      'field_labels.tif',
      'field_overlay.png',
    ]);
    expect([...(await unpack(at('plain', 'field.zip'), at('u0'))).keys()]).toEqual(['field_feature_0.tif']);
  }, 60_000);

  test('are the same, made by the job for its archive or by the command from it', async () => {
    expect((await run('made', ['--set', `outputs=${EVERYTHING}`, '--outputs', EVERYTHING])).code).toBe(0);
    const archive = await unpack(at('made', 'field.zip'), at('u1'));
    expect([...archive.keys()]).toEqual(['field_feature_0.tif', 'field_outputs.zip']);
    await writeFile(at('inner.zip'), archive.get('field_outputs.zip')!);
    const inner = await unpack(at('inner.zip'), at('u2'));
    expect([...inner.keys()].filter((name) => !name.includes('/'))).toEqual([
      'field_labels.tif',
      'field_cells.csv',
      'field_overlay.png',
      'field_outlines.geojson',
      'field_RoiSet.zip',
      'field_provenance.json',
    ]);
    expect(inner.has('field_cells.ome.zarr/labels/cells/0/.zarray')).toBe(true);
    for (const [name, bytes] of inner)
      expect([name, bytes.equals(await readFile(at('made', name)))]).toEqual([name, true]);
    expect(archive.get('field_feature_0.tif')).toEqual(await readFile(at('u0', 'entry-0.tif')));
  }, 60_000);

  test('tell where the results come from', async () => {
    const told = JSON.parse(await readFile(at('made', 'field_provenance.json'), 'utf8')) as Record<string, unknown>;
    const bytes = await readFile(at('field.tif'));
    expect(told).toMatchObject({
      format: 1,
      program: { name: 'kiosk-consumer', version: expect.stringMatching(/^\d+\.\d+\.\d+/u) },
      node: process.version,
      job: { type: 'image', originalName: 'field.tif', attempt: 1 },
      passes: [
        {
          kind: 'nuclear',
          model: { name: 'nuclear-demo', version: '1' },
          scale: 1,
          preprocess: [{ name: 'quantile_normalize', parameters: { low: 0.01 } }],
          postprocess: [{ name: 'deep_watershed@0.12.1', parameters: { radius: 2 } }],
        },
      ],
      input: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      stageSeconds: { prediction: expect.any(Number), postprocess: expect.any(Number) },
      cells: expect.any(Number),
    });
  });

  test('of a job with two features are told apart, and one store holds both', async () => {
    const args = ['--type', 'segmentation', '--set', 'channels=0,0', '--outputs', 'table,zarr,provenance'];
    expect((await run('two', args)).code).toBe(0);
    expect((await readdir(at('two'))).toSorted()).toEqual([
      'field.zip',
      'field_cells.ome.zarr',
      'field_feature_0_cells.csv',
      'field_feature_1_cells.csv',
      'field_provenance.json',
    ]);
    expect((await readdir(at('two', 'field_cells.ome.zarr', 'labels'))).toSorted()).toEqual([
      '.zattrs',
      '.zgroup',
      'feature_0',
      'feature_1',
    ]);
  }, 60_000);

  test('that are not known are refused: as usage, as a job, as configuration', async () => {
    const usage = await run('wrong', ['--outputs', 'labels,pictures']);
    expect(usage).toMatchObject({ code: 2, stderr: expect.stringContaining('pictures') });
    const failed = await run('wrong', ['--set', 'outputs=pictures']);
    expect(failed.code).toBe(1);
    expect(jsonLines<{ reason: string }>(failed)[0]!.reason).toContain('The field "outputs" names "pictures"');
    const out = await cli(['enqueue', 'field.tif', '--outputs', 'rois'], { cwd: folder.path, env });
    expect(out).toMatchObject({ code: 2, stderr: expect.stringContaining('--wait and --out') });
    await writeFile(at('kiosk-consumer.config.json'), '{"consumers":{"image":{"outputs":"labels,pictures"}}}');
    const config = await run('wrong', ['--config', 'kiosk-consumer.config.json']);
    expect(config).toMatchObject({ code: 2, stderr: expect.stringContaining('consumers.image.outputs') });
    await writeFile(at('kiosk-consumer.config.json'), '{"consumers":{"image":{"outputs":"table"}}}');
    expect((await run('set', [])).code).toBe(0);
    expect([...(await unpack(at('set', 'field.zip'), at('u3'))).keys()]).toEqual([
      'field_feature_0.tif',
      'field_outputs.zip',
    ]);
    await writeFile(at('kiosk-consumer.config.json'), '{}');
  }, 90_000);
});

describe('OME-Zarr as an input', () => {
  beforeAll(async () => {
    await cp(at('made', 'field_cells.ome.zarr'), at('stores', 'a.ome.zarr'), { recursive: true });
  });

  test('is a folder, found by its name in others, and gives the cells that the TIFF gives', async () => {
    const result = await run('from-store', ['--outputs', 'labels'], 'stores');
    expect(jsonLines(result)).toMatchObject([{ file: 'a.ozx', status: 'done' }]);
    const [found, expected] = await Promise.all([
      readImage(at('from-store', 'a_labels.tif')),
      readImage(at('made', 'field_labels.tif')),
    ]);
    expect(found.data).toEqual(expected.data);
  }, 60_000);

  test('goes through queue and bucket as one file; files are made of the archive, the provenance is in it', async () => {
    const services = {
      ...env,
      BROKER_URL: 'sqlite:jobs.db',
      STORAGE_BUCKET: 'file:bucket',
      MODEL_SERVER: 'onnx:bundled',
    };
    const worker = startCli(['consume', '--type', 'image'], { cwd: folder.path, env: services });
    try {
      const args = ['--type', 'image', '--wait', '--out', 'queued', '--outputs', 'rois,provenance', '--json'];
      const result = await cli(['enqueue', 'stores/a.ome.zarr', ...args], { cwd: folder.path, env: services });
      expect(jsonLines(result)).toMatchObject([{ file: 'a.ozx', status: 'done' }]);
      expect((await readdir(at('queued'))).toSorted()).toEqual(['a.zip', 'a_RoiSet.zip', 'a_provenance.json']);
      expect([...(await unpack(at('queued', 'a.zip'), at('u4'))).keys()]).toEqual(['a_feature_0.tif', 'a_outputs.zip']);
    } finally {
      await worker.stop();
    }
  }, 90_000);
});
