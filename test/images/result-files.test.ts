import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { createCompute } from '../../src/compute/pool.js';
import { zipFiles } from '../../src/images/archive/zip-write.js';
import { DEFAULT_IMAGE_LIMITS } from '../../src/images/limits.js';
import { readImage } from '../../src/images/read.js';
import { writeResultFiles, type ResultFiles, type ResultFilesRequest } from '../../src/images/result-files.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import type { NdArray } from '../../src/processing/array/nd-array.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SAMPLE = fileURLToPath(new URL('../../plugins/image/samples/nuclei-sparse', import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let request: ResultFilesRequest;
beforeAll(async () => void (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());
beforeEach(() => {
  const out = join(folder.path, `out-${made++}`);
  request = { image: `${SAMPLE}.tif`, archive: '', folder: out, name: 'cells', limits: DEFAULT_IMAGE_LIMITS };
});

describe('the files for people, of one image with its labels', () => {
  let result: ResultFiles;
  let mask: Int32Array;
  beforeAll(async () => {
    const truth = await readImage(`${SAMPLE}.mask.tif`);
    mask = Int32Array.from(truth.data, Number);
    const archive = await pack({
      'plate/cells_feature_0.tif': { shape: [1, 256, 256], data: Float32Array.from(mask) },
    });
    result = await writeResultFiles({
      image: `${SAMPLE}.tif`,
      archive,
      folder: join(folder.path, 'whole'),
      name: 'cells',
      limits: DEFAULT_IMAGE_LIMITS,
    });
  });

  test('are labels, table and overlay, and nothing else is left in the folder', async () => {
    expect(result.files.map((file) => basename(file))).toEqual([
      'cells_labels.tif',
      'cells_cells.csv',
      'cells_overlay.png',
    ]);
    expect((await readdir(join(folder.path, 'whole'))).toSorted()).toEqual([
      'cells_cells.csv',
      'cells_labels.tif',
      'cells_overlay.png',
    ]);
    expect(result).toMatchObject({ cells: 26 });
    expect(result.note).toBeUndefined();
  });

  test('hold the labels as int32 (rows, columns)', async () => {
    const labels = await readImage(result.files[0]!);
    expect([labels.dtype, labels.axes, labels.shape]).toEqual(['int32', 'YX', [256, 256]]);
    expect(Buffer.compare(bytes(labels.data), bytes(mask))).toBe(0);
  });

  (requireTool('python3-skimage') ? test : test.skip)('agree with scikit-image and tifffile', async () => {
    const reference = await python(REFERENCE, `${SAMPLE}.tif`, result.files[0]!);
    const { columns, rows } = parseCsv(await readFile(result.files[1]!, 'utf8'));
    expect(columns).toEqual(reference.columns);
    expect(rows).toHaveLength(reference.rows.length);
    for (const [i, row] of rows.entries()) {
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(reference.rows[i]![j]!, 9);
    }
  });

  test('show outlines in colour over the grey image', async () => {
    const { data, info } = await sharp(result.files[2]).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([256, 256, 3]);
    const isGrey = (pixel: number) =>
      data[3 * pixel] === data[3 * pixel + 1] && data[3 * pixel] === data[3 * pixel + 2];
    const coloured = Array.from(mask.keys()).filter((pixel) => !isGrey(pixel));
    expect(coloured.length).toBeGreaterThan(26 * 20);
    const nearCell = (pixel: number) =>
      [0, 1, -1, 256, -256, 257, -257, 255, -255].some((step) => mask[pixel + step]! > 0);
    expect(coloured.every(nearCell)).toBe(true);
  });
});

describe('archives with several label images', () => {
  test('give three files for each feature', async () => {
    const archive = await pack({ 'a_feature_0.tif': largePlane(1), 'a_feature_1.tif': largePlane(2) });
    const { cells, files } = await writeResultFiles({ ...request, archive });
    expect(cells).toBe(2);
    expect(files.map((file) => basename(file))).toEqual([
      'cells_feature_0_labels.tif',
      'cells_feature_0_cells.csv',
      'cells_feature_0_overlay.png',
      'cells_feature_1_labels.tif',
      'cells_feature_1_cells.csv',
      'cells_feature_1_overlay.png',
    ]);
    expect((await readImage(files[3]!)).data[0]).toBe(2);
  });

  test.each([
    ['files for each batch item', { 'a_batch_0_feature_0.tif': plane(3), 'a_batch_1_feature_0.tif': plane(4) }],
    [
      'one file with all of them',
      { 'a_feature_0.tif': { shape: [2, 16, 16], data: Float32Array.of(...plane(3).data, ...plane(4).data) } },
    ],
  ])('measure each batch item on its own plane: %s', async (_how, entries) => {
    const image = join(folder.path, 'stack.tif');
    const data = Uint16Array.from({ length: 512 }, (_, i) => (i < 256 ? 100 : 700));
    await writeTiff(image, { shape: [2, 16, 16], data }, { axes: 'ZYX' });
    const archive = await pack(entries);
    const { files } = await writeResultFiles({ ...request, image, archive, dimensionOrder: 'BXY' });
    expect(files.map((file) => basename(file)).filter((file) => file.endsWith('.csv'))).toEqual([
      'cells_batch_0_cells.csv',
      'cells_batch_1_cells.csv',
    ]);
    const second = parseCsv(await readFile(files[4]!, 'utf8'));
    expect(second.rows[0]![second.columns.indexOf('label')]).toBe(4);
    expect(second.rows[0]![second.columns.indexOf('intensity_mean')]).toBe(700);
  });

  test('measure one column for each channel, of those asked for', async () => {
    const image = join(folder.path, 'channels.tif');
    const data = Uint8Array.from({ length: 768 }, (_, i) => 10 + Math.floor(i / 256));
    await writeTiff(image, { shape: [3, 16, 16], data }, { axes: 'CYX' });
    const archive = await pack({ 'a_feature_0.tif': plane(1) });
    const all = await writeResultFiles({ ...request, image, archive });
    expect((await readFile(all.files[1]!, 'utf8')).split('\n')[0]).toContain(
      'intensity_mean-0,intensity_mean-1,intensity_mean-2',
    );
    const some = await writeResultFiles({ ...request, image, archive, channels: '2,,0' });
    const { columns, rows } = parseCsv(await readFile(some.files[1]!, 'utf8'));
    expect(rows[0]!.filter((_value, i) => columns[i]!.startsWith('intensity'))).toEqual([12, 10]);
  });
});

describe('results without label images give no files, and say so', () => {
  test.each([
    [
      'of another plugin',
      { 'spots.csv': Buffer.from('y,x\n') },
      'the archive holds no label images (*_feature_<c>.tif)',
    ],
    [
      'of several images',
      { 'a_feature_0.tif': plane(1), 'b_feature_0.tif': plane(1) },
      'the archive holds the results of 2 images',
    ],
    [
      'of probabilities',
      { 'a_feature_0.tif': { shape: [16, 16], data: new Float32Array(256).fill(0.5) } },
      'no label images, since not of whole numbers: a_feature_0.tif',
    ],
  ])('%s', async (_what, entries, note) => {
    const archive = await pack(entries);
    expect(await writeResultFiles({ ...request, archive })).toEqual({ cells: 0, files: [], note });
    expect(await readdir(request.folder)).toEqual([]);
  });

  test('that are no archive', async () => {
    const archive = join(folder.path, 'result.trk');
    await writeFile(archive, 'something else');
    const result = await writeResultFiles({ ...request, archive });
    expect(result).toEqual({ cells: 0, files: [], note: 'the result is not a zip archive' });
  });
});

describe('what does not fit is refused, and leaves nothing behind', () => {
  test('labels of another size than the image', async () => {
    const archive = await pack({ 'a_feature_0.tif': plane(1) });
    await expect(writeResultFiles({ ...request, archive })).rejects.toMatchObject({ code: 'KC_IMAGE_SHAPE' });
    expect(await readdir(request.folder)).toEqual([]);
  });

  test('a damaged archive, and a label file that is no TIFF', async () => {
    const archive = await pack({ 'a_feature_0.tif': Buffer.from('no image') });
    await expect(writeResultFiles({ ...request, archive })).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
    await writeFile(archive, (await readFile(archive)).subarray(0, 40));
    await expect(writeResultFiles({ ...request, archive })).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
    expect(await readdir(request.folder)).toEqual([]);
  });

  test('two files of one archive that mean the same plane', async () => {
    const archive = await pack({ 'a_feature_0.tif': largePlane(1), 'a_batch_0_feature_0.tif': largePlane(2) });
    await expect(writeResultFiles({ ...request, archive })).rejects.toThrow('batch item 0, feature 0 twice');
  });

  test('labels larger than the limits', async () => {
    const archive = await pack({ 'a_feature_0.tif': plane(1) });
    const limits = { maxPixels: 100, maxBytes: 1e6 };
    await expect(writeResultFiles({ ...request, archive, limits })).rejects.toMatchObject({
      code: 'KC_IMAGE_TOO_LARGE',
    });
  });

  test('a name that is a path', async () => {
    await expect(writeResultFiles({ ...request, name: '../cells' })).rejects.toMatchObject({ code: 'KC_INTERNAL' });
  });
});

test('the work is done in a thread of the pool, which tells errors as they are', async () => {
  const compute = createCompute({ threads: 1 });
  const kernel = new URL('../../src/images/kernels/result-files.js', import.meta.url);
  try {
    const archive = await pack({ 'a_feature_0.tif': largePlane(1) });
    expect(await compute.run<ResultFiles>(kernel, { ...request, archive })).toMatchObject({ cells: 1 });
    const wrong = await pack({ 'a_feature_0.tif': plane(1) });
    await expect(compute.run(kernel, { ...request, archive: wrong })).rejects.toMatchObject({ code: 'KC_IMAGE_SHAPE' });
  } finally {
    await compute.close();
  }
});

const REFERENCE = `
import json, sys, numpy, tifffile
from skimage.measure import regionprops_table
image, labels = tifffile.imread(sys.argv[1]), tifffile.imread(sys.argv[2])
assert labels.dtype == numpy.int32 and labels.shape == image.shape
names = ('label', 'area', 'centroid', 'bbox', 'intensity_mean', 'eccentricity')
table = regionprops_table(labels, image.astype(float), properties=names)
rows = numpy.stack([numpy.asarray(table[name], float) for name in table], 1).tolist()
print(json.dumps(dict(columns=list(table), rows=rows)))
`;

let made = 0;

async function pack(entries: Readonly<Record<string, NdArray | Buffer>>): Promise<string> {
  const files = await Promise.all(
    Object.entries(entries).map(async ([name, content]) => {
      const file = join(folder.path, `entry-${made++}`);
      if (Buffer.isBuffer(content)) await writeFile(file, content);
      else await writeTiff(file, content);
      return { name, file };
    }),
  );
  const archive = join(folder.path, `archive-${made++}.zip`);
  await zipFiles(files, archive);
  return archive;
}

/** 16 × 16 pixels, one square cell. */
function plane(label: number): NdArray<Float32Array> {
  return { shape: [16, 16], data: square(16, 4, label) };
}

/** As large as the sample image, one square cell. */
function largePlane(label: number): NdArray<Float32Array> {
  return { shape: [1, 256, 256], data: square(256, 10, label) };
}

function square(columns: number, side: number, label: number): Float32Array {
  return Float32Array.from({ length: columns * columns }, (_, i) =>
    i % columns < side && i < side * columns ? label : 0,
  );
}

function bytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function parseCsv(text: string): { columns: string[]; rows: number[][] } {
  const [head, ...lines] = text.trimEnd().split('\n');
  return { columns: head!.split(','), rows: lines.map((line) => line.split(',').map(Number)) };
}

async function python(script: string, ...args: readonly string[]): Promise<{ columns: string[]; rows: number[][] }> {
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', script, ...args]);
  return JSON.parse(stdout) as { columns: string[]; rows: number[][] };
}
