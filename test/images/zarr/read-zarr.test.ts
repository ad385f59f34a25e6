import { execFileSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as zarr from 'zarrita';
import { zipFiles } from '../../../src/images/archive/zip-write.js';
import { hashPixels } from '../../../src/images/describe.js';
import { DEFAULT_IMAGE_LIMITS } from '../../../src/images/limits.js';
import { readHeader, readImage } from '../../../src/images/read.js';
import { packFolder } from '../../../src/images/zarr/pack-store.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import {
  AXES,
  blosc,
  buildStore,
  json,
  MULTISCALE,
  pathed,
  PIXELS,
  put,
  putArray,
  SCALE,
  type StoreParts,
} from './build-store.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => void (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());

describe('stores of other programs', () => {
  const read = requireTool('python3-zarr') ? test : test.skip;
  read('have the pixels, type and shape that zarr for Python reads', async () => {
    const script = join(import.meta.dirname, 'make-stores.py');
    const output = execFileSync('/usr/bin/python3', [script, folder.path], { encoding: 'utf8' });
    const stores = JSON.parse(output) as { name: string; dtype: string; shape: number[]; sha256: string }[];
    expect(stores.length).toBeGreaterThan(25);
    for (const { name, ...expected } of stores) {
      const path = join(folder.path, name);
      const raster = await readImage(path);
      const { dtype, shape } = raster;
      expect({ name, dtype, shape, sha256: hashPixels(raster) }).toEqual({ name, ...expected });
      expect(await readHeader(path)).toMatchObject({ format: 'zarr', dtype, shape });
    }
  });

  test('of format 3 with NGFF 0.5', async () => {
    const files = new Map<string, Uint8Array>();
    const data = Uint16Array.from({ length: 60 }, (_, i) => i * 7);
    const multiscale = { axes: AXES, datasets: [{ path: 's0', coordinateTransformations: [SCALE] }] };
    await zarr.create(files, { attributes: { ome: { version: '0.5', multiscales: [multiscale] } } });
    const array = await zarr.create(zarr.root(files).resolve('s0'), {
      shape: [6, 10],
      chunkShape: [4, 4],
      dtype: 'uint16',
      codecs: [{ name: 'zstd', configuration: { level: 1 } }],
    });
    await zarr.set(array, null, { data, shape: [6, 10], stride: [10, 1] });
    const path = join(folder.path, 'third.zarr');
    for (const [key, bytes] of files) await put(path, key.slice(1), bytes);
    const raster = await readImage(path);
    expect(raster).toMatchObject({ dtype: 'uint16', axes: 'YX', shape: [6, 10], pixelSize: { y: 0.5, x: 0.25 }, data });
    expect((await readHeader(path)).encoding).toBe('format 3, zstd, chunks of 4x4, little-endian');
  });

  test('of bioformats2raw keep their image in the group 0', async () => {
    const path = await store({ attributes: { 'bioformats2raw.layout': 3 }, array: false });
    await put(path, '0/.zattrs', json({ multiscales: [MULTISCALE] }));
    await putArray(path, '0/0');
    expect((await readImage(path)).data).toEqual(PIXELS);
  });

  test('before NGFF 0.3 have no names of axes: t, c, z, y, x', async () => {
    const array = { shape: [1, 2, 1, 2, 2], chunks: [1, 2, 1, 2, 2] };
    const path = await store({
      array,
      attributes: { multiscales: [{ datasets: [{ path: '0' }] }] },
      chunk: '0.0.0.0.0',
    });
    expect(await readHeader(path)).toMatchObject({ axes: 'CYX', shape: [2, 2, 2] });
  });

  test('packed into a zip archive are read without unpacking, and the same folder gives the same archive', async () => {
    const path = await store({});
    const packed = [join(folder.path, 'one.ozx'), join(folder.path, 'two.ozx')] as const;
    for (const target of packed) await packFolder(path, target);
    expect((await readImage(packed[0])).data).toEqual(PIXELS);
    expect(await readFile(packed[0])).toEqual(await readFile(packed[1]));
  });
});

describe('what is refused', () => {
  test.each([
    ['a shape that no memory holds', { array: { shape: [1e9, 1e9], chunks: [1000, 1000] } }, 'KC_IMAGE_TOO_LARGE'],
    ['a chunk that no memory holds', { array: { chunks: [2 ** 40, 2 ** 40] } }, 'KC_IMAGE_TOO_LARGE'],
    ['chunks without number', { array: { shape: [30_000, 30_000], chunks: [1, 1] } }, 'KC_IMAGE_UNSUPPORTED'],
    ['a shape with a 0', { array: { shape: [0, 2] } }, 'KC_IMAGE_UNREADABLE'],
    ['a shape that is no list', { array: { shape: 'large' } }, 'KC_IMAGE_UNREADABLE'],
    ['a fraction of a chunk', { array: { chunks: [1.5, 2] } }, 'KC_IMAGE_UNREADABLE'],
    ['fewer chunk sides than axes', { array: { chunks: [2] } }, 'KC_IMAGE_UNREADABLE'],
    ['a type of text', { array: { dtype: '<U5' } }, 'KC_IMAGE_UNSUPPORTED'],
    ['half-precision floats', { array: { dtype: '<f2' } }, 'KC_IMAGE_UNSUPPORTED'],
    ['records', { array: { dtype: [['a', '<u2']] } }, 'KC_IMAGE_UNSUPPORTED'],
    ['a compression that is not known', { array: { compressor: { id: 'jpeg2k' } } }, 'KC_IMAGE_UNSUPPORTED'],
    ['filters', { array: { filters: [{ id: 'delta', dtype: '<u2' }] } }, 'KC_IMAGE_UNSUPPORTED'],
    ['a fill value that is a text', { array: { fill_value: 'AAAA' } }, 'KC_IMAGE_UNSUPPORTED'],
    ['a separator that leads elsewhere', { array: { dimension_separator: '/../' } }, 'KC_IMAGE_UNREADABLE'],
    ['a path upwards', { attributes: pathed('../../etc') }, 'KC_IMAGE_UNREADABLE'],
    ['an absolute path', { attributes: pathed('/etc') }, 'KC_IMAGE_UNREADABLE'],
    ['a path with a backslash', { attributes: pathed('..\\0') }, 'KC_IMAGE_UNREADABLE'],
    ['a path that is no text', { attributes: pathed(7) }, 'KC_IMAGE_UNREADABLE'],
    ['a path to nothing', { attributes: pathed('5') }, 'KC_IMAGE_UNREADABLE'],
    [
      'axes of another number',
      { attributes: { multiscales: [{ ...MULTISCALE, axes: ['x'] }] } },
      'KC_IMAGE_UNREADABLE',
    ],
    ['axes without x', { attributes: { multiscales: [{ ...MULTISCALE, axes: ['z', 'y'] }] } }, 'KC_IMAGE_UNREADABLE'],
    ['no image', { attributes: {} }, 'KC_IMAGE_UNREADABLE'],
    ['a plate', { attributes: { plate: { wells: [] } } }, 'KC_IMAGE_UNSUPPORTED'],
  ])('%s, from the metadata alone', async (_what, parts, code) => {
    const path = await store(parts);
    const refusal = { code, facts: { hint: expect.stringMatching(/./u) } };
    await expect(readHeader(path)).rejects.toMatchObject(refusal);
    await expect(readImage(path)).rejects.toMatchObject(refusal);
  });

  const zlib = { id: 'zlib', level: 1 };
  test.each([
    ['is cut off', { bytes: Buffer.from([1, 2, 3]) }],
    ['holds too much', { bytes: Buffer.alloc(10) }],
    ['is larger than any compression makes it', { bytes: Buffer.alloc(1e6) }],
    ['is no zlib', { array: { compressor: zlib } }],
    ['unpacks to a million bytes', { array: { compressor: zlib }, bytes: deflateSync(Buffer.alloc(1e6)) }],
    ['is no blosc', { array: { compressor: { id: 'blosc' } } }],
    ['says that blosc holds 4 GB', { array: { compressor: { id: 'blosc' } }, bytes: blosc(0xff_ff_ff_ff) }],
    ['says that lz4 holds 4 GB', { array: { compressor: { id: 'lz4' } }, bytes: Buffer.alloc(12, 0xff) }],
    ['is no zstd', { array: { compressor: { id: 'zstd' } } }],
    ['is no gzip', { array: { compressor: { id: 'gzip' } } }],
  ])('a chunk that %s', async (_what, parts) => {
    const path = await store(parts);
    await expect(readImage(path)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
    expect(await readHeader(path)).toMatchObject({ shape: [2, 2] });
  });

  test('a chunk that is a link out of the store, or a folder', async () => {
    const path = await store({ chunk: 'elsewhere' });
    await symlink('/etc/hostname', join(path, '0', '0.0'));
    await expect(readImage(path)).rejects.toThrow('leads out of the store');
    const other = await store({ chunk: '0.0/deeper' });
    await expect(readImage(other)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });

  test('metadata that are no JSON', async () => {
    const path = await store({});
    await put(path, '0/.zarray', Buffer.from('{'));
    await expect(readImage(path)).rejects.toThrow('.zarray is not JSON');
  });

  test('shards', async () => {
    const path = join(folder.path, 'shards.zarr');
    const sharding = { name: 'sharding_indexed', configuration: { chunk_shape: [1, 1] } };
    const grid = { name: 'regular', configuration: { chunk_shape: [2, 2] } };
    const array = { node_type: 'array', shape: [2, 2], data_type: 'uint16', chunk_grid: grid, codecs: [sharding] };
    await put(path, 'zarr.json', json({ zarr_format: 3, ...array, fill_value: 0 }));
    await expect(readImage(path)).rejects.toMatchObject({ code: 'KC_IMAGE_UNSUPPORTED' });
  });

  test('images beyond the limits, with the setting that moves them', async () => {
    const limits = { ...DEFAULT_IMAGE_LIMITS, maxWidth: 1 };
    await expect(readHeader(await store({}), limits)).rejects.toMatchObject({
      code: 'KC_IMAGE_TOO_LARGE',
      facts: { hint: expect.stringContaining('MAX_IMAGE_WIDTH') },
    });
  });

  test('zip archives without a store, and damaged ones', async () => {
    const note = join(folder.path, 'note.txt');
    await writeFile(note, 'no image');
    const archive = join(folder.path, 'batch.zip');
    await zipFiles([{ name: 'note.txt', file: note }], archive);
    await expect(readImage(archive)).rejects.toMatchObject({
      code: 'KC_IMAGE_UNREADABLE',
      message: 'batch.zip: is a ZIP archive without a Zarr store in it',
    });
    await writeFile(archive, 'PK\x03\x04rest');
    await expect(readImage(archive)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });
});

test('chunks that are not there hold the fill value, also in a store of none', async () => {
  const path = await store({ array: { fill_value: 9 }, chunk: 'elsewhere' });
  expect((await readImage(path)).data).toEqual(Uint16Array.of(9, 9, 9, 9));
  const empty = await store({ array: { dtype: '<i8', fill_value: null }, chunk: 'elsewhere' });
  expect((await readImage(empty)).data).toEqual(new BigInt64Array(4));
});

let made = 0;

async function store(parts: StoreParts): Promise<string> {
  const path = join(folder.path, `store-${made++}.zarr`);
  await buildStore(path, parts);
  return path;
}
