import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { zipFiles } from '../../../src/images/archive/zip-write.js';
import { DEFAULT_IMAGE_LIMITS } from '../../../src/images/limits.js';
import { OUTPUTS } from '../../../src/images/outputs/output-names.js';
import { readImage } from '../../../src/images/read.js';
import { writeResultFiles, type ResultFiles } from '../../../src/images/result-files.js';
import { writeTiff } from '../../../src/images/tiff/write.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const ROWS = 601;
const COLUMNS = 703;
const PIXEL_SIZE = { y: 0.5, x: 0.25 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let result: ResultFiles;

/** Cells with holes, in several parts, at all borders, side by side, and with numbers far apart. */
function drawLabels(): Int32Array {
  const labels = new Int32Array(ROWS * COLUMNS);
  const disk = (label: number, y: number, x: number, radius: number): void => {
    for (let row = Math.max(0, y - radius); row <= Math.min(ROWS - 1, y + radius); row += 1) {
      for (let column = Math.max(0, x - radius); column <= Math.min(COLUMNS - 1, x + radius); column += 1) {
        if ((row - y) ** 2 + (column - x) ** 2 <= radius ** 2) labels[row * COLUMNS + column] = label;
      }
    }
  };
  const random = randomNumbers(3);
  for (let label = 1; label <= 60; label += 1) {
    disk(label, Math.floor(random() * ROWS), Math.floor(random() * COLUMNS), 8 + Math.floor(random() * 20));
  }
  disk(70_000, 300, 350, 40);
  disk(0, 300, 350, 20);
  disk(70_000, 300, 350, 5);
  disk(9, 500, 600, 4);
  labels[ROWS * COLUMNS - 1] = 2_000_000_000;
  return labels;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const shape = [ROWS, COLUMNS];
  const labels = drawLabels();
  const random = randomNumbers(5);
  const pixels = Uint16Array.from({ length: 2 * labels.length }, (_, i) => {
    return 100 + Math.floor(random() * 200) + (labels[i % labels.length]! > 0 ? 3000 : 0);
  });
  await writeTiff(join(folder.path, 'truth.tif'), { shape, data: labels });
  const image = join(folder.path, 'image.tif');
  await writeTiff(image, { shape: [2, ...shape], data: pixels }, { axes: 'CYX', pixelSize: PIXEL_SIZE });
  // int32, as float32 does not hold the greatest of these labels.
  await zipFiles(
    [{ name: 'cells_feature_0.tif', file: join(folder.path, 'truth.tif') }],
    join(folder.path, 'result.zip'),
  );
  result = await write(folder.path);
});
afterAll(async () => await folder.remove());

async function write(target: string): Promise<ResultFiles> {
  return await writeResultFiles({
    image: join(folder.path, 'image.tif'),
    archive: join(folder.path, 'result.zip'),
    folder: target,
    name: 'cells',
    channels: '1',
    outputs: OUTPUTS.filter((name) => name !== 'provenance'),
    limits: DEFAULT_IMAGE_LIMITS,
  });
}

describe('all outputs of one image', () => {
  test('have names that say what they are', () => {
    expect(result.files.map((file) => relative(folder.path, file))).toEqual([
      'cells_labels.tif',
      'cells_cells.csv',
      'cells_overlay.png',
      'cells_outlines.geojson',
      'cells_RoiSet.zip',
      'cells_cells.ome.zarr',
    ]);
  });

  const tools = ['python3-tifffile', 'python3-zarr'].map(requireTool).every(Boolean);
  (tools ? test : test.skip)('are read by tifffile, zarr and plain Python as what they were made of', () => {
    const script = join(import.meta.dirname, 'check-outputs.py');
    const done = execFileSync('/usr/bin/python3', [script, folder.path, 'cells'], { encoding: 'utf8' });
    expect(done.trim().split('\n')).toHaveLength(5);
  });

  test('are the same bytes when they are made again, also over those that are there', async () => {
    const again = join(folder.path, 'again');
    await mkdir(again);
    await write(again);
    const before = hashesBelow(again);
    await write(again);
    expect(hashesBelow(again)).toEqual(before);
    expect(hashesBelow(folder.path)).toMatchObject(before);
  });

  test('are read by the program itself: labels with their pixel size, the store as the image', async () => {
    const labels = await readImage(join(folder.path, 'cells_labels.tif'));
    expect(labels).toMatchObject({ dtype: 'int32', axes: 'YX', shape: [ROWS, COLUMNS], pixelSize: PIXEL_SIZE });
    const store = await readImage(join(folder.path, 'cells_cells.ome.zarr'));
    const image = await readImage(join(folder.path, 'image.tif'));
    expect(store).toMatchObject({ dtype: 'uint16', axes: 'CYX', shape: [2, ROWS, COLUMNS], pixelSize: PIXEL_SIZE });
    expect(Buffer.compare(Buffer.from(store.data.buffer), Buffer.from(image.data.buffer))).toBe(0);
  });
});

test('of a batch there is one of each output for each item, and one store', async () => {
  const data = Uint8Array.from({ length: 512 }, (_, i) => i % 200);
  await writeTiff(join(folder.path, 'batch.tif'), { shape: [2, 16, 16], data }, { axes: 'ZYX' });
  const labels = {
    shape: [2, 16, 16],
    data: Float32Array.from({ length: 512 }, (_, i) => (i % 16 < 4 ? 1 + (i >> 8) : 0)),
  };
  await writeTiff(join(folder.path, 'batch_feature_0.tif'), labels);
  const entries = ['batch_feature_0.tif', 'batch_feature_1.tif'].map((name) => {
    return { name, file: join(folder.path, 'batch_feature_0.tif') };
  });
  await zipFiles(entries, join(folder.path, 'batch.zip'));
  const { files, note } = await writeResultFiles({
    image: join(folder.path, 'batch.tif'),
    archive: join(folder.path, 'batch.zip'),
    folder: join(folder.path, 'batch'),
    name: 'a',
    outputs: ['rois', 'zarr', 'provenance'],
    limits: DEFAULT_IMAGE_LIMITS,
  });
  expect(note).toBe('the archive says nothing about where its results come from');
  expect(files.map((file) => relative(join(folder.path, 'batch'), file))).toEqual([
    'a_batch_0_feature_0_RoiSet.zip',
    'a_batch_1_feature_0_RoiSet.zip',
    'a_batch_0_feature_1_RoiSet.zip',
    'a_batch_1_feature_1_RoiSet.zip',
    'a_batch_0_cells.ome.zarr',
    'a_batch_1_cells.ome.zarr',
  ]);
  const second = await readImage(files[5]!);
  expect(second.data).toEqual(data.slice(256));
  const cells = await readImage(join(files[5]!, 'labels', 'feature_1'));
  expect([cells.dtype, Math.max(...(cells.data as Int32Array))]).toEqual(['int32', 2]);
});

/** SHA-256 of all files below a folder, by relative path. */
function hashesBelow(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, hashOf(join(path, name))]));
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
