import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf } from '../../../src/images/dtype.js';
import { writeFailed } from '../../../src/images/image-error.js';
import { readHeader, readImage } from '../../../src/images/read.js';
import { encodeTiff, writeTiff, type WriteTiffOptions } from '../../../src/images/tiff/write.js';
import type { DType, NdArray, TypedArray } from '../../../src/processing/array/nd-array.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

const VIEWS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
} as const;

type Writable = keyof typeof VIEWS;

function sample(dtype: Writable, shape: readonly number[]): NdArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const bytes = new Uint8Array(size * 8);
  // Floats of all exponents, but no NaN: readers may write those with other bits.
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 37 + (at >> 5)) & 0x7e;
  return { shape, data: new VIEWS[dtype](bytes.buffer).slice(0, size) };
}

const digest = (data: TypedArray): string => createHash('sha256').update(bytesOf(data)).digest('hex');

const dtypes = Object.keys(VIEWS) as Writable[];
const variants: readonly [name: string, shape: readonly number[], options: WriteTiffOptions][] = [
  ['deflate', [37, 53], {}],
  ['uncompressed', [37, 53], { compression: 'none' }],
  ['many strips', [37, 53], { rowsPerStrip: 3 }],
  ['BigTIFF', [37, 53], { bigTiff: true, rowsPerStrip: 8 }],
  ['one page of three axes', [1, 37, 53], {}],
  ['pages', [4, 37, 53], { axes: 'TYX' }],
  ['uncompressed pages', [4, 37, 53], { compression: 'none' }],
  ['BigTIFF pages', [2, 3, 17, 19], { bigTiff: true, axes: 'TCYX' }],
  ['samples', [37, 53, 2], { axes: 'YXS' }],
  ['pages of samples', [3, 37, 53, 3], { axes: 'TYXS', rowsPerStrip: 10 }],
  ['one pixel', [1, 1], {}],
];

describe('writing TIFF', () => {
  test.each(variants)('%s of every type comes back as it was', async (_, shape, options) => {
    for (const dtype of dtypes) {
      const array = sample(dtype, shape);
      const file = join(folder.path, 'round-trip.tif');
      await writeTiff(file, array, options);
      const raster = await readImage(file);
      expect(raster).toMatchObject({ dtype, shape });
      expect(digest(raster.data)).toBe(digest(array.data));
      expect(Buffer.compare(readFileSync(file), encodeTiff(array, options))).toBe(0);
    }
  });

  test('labels are written as float32 where a reader expects that', async () => {
    const file = join(folder.path, 'labels.tif');
    await writeTiff(file, { shape: [1, 2, 2], data: Int32Array.from([0, 1, 70_000, -1]) }, { dtype: 'float32' });
    const raster = await readImage(file);
    expect(raster.dtype).toBe('float32');
    expect([...raster.data]).toEqual([0, 1, 70_000, -1]);
  });

  test('bit patterns of float16 are written as such', async () => {
    const file = join(folder.path, 'half.tif');
    await writeTiff(file, { shape: [1, 2], data: Uint16Array.from([0x3c00, 0xc000]) }, { dtype: 'float16' });
    expect(await readImage(file)).toMatchObject({ dtype: 'float16', data: Uint16Array.from([0x3c00, 0xc000]) });
  });

  test.each([0.325, 0.1, 12.5, 0.0065])('a pixel size of %f microns comes back', async (micron) => {
    const file = join(folder.path, 'size.tif');
    await writeTiff(file, sample('uint8', [4, 4]), { pixelSize: { x: micron, y: micron * 1.5 } });
    const { pixelSize } = await readHeader(file);
    expect(pixelSize!.x / micron).toBeCloseTo(1, 6);
    expect(pixelSize!.y / micron).toBeCloseTo(1.5, 6);
  });

  test('a text of one’s own takes the place of the shape', async () => {
    const file = join(folder.path, 'text.tif');
    await writeTiff(file, sample('uint8', [3, 4, 4]), { description: 'ImageJ=1.54f\nunit=micron\n' });
    expect(await readHeader(file)).toMatchObject({ axes: 'IYX', shape: [3, 4, 4] });
  });

  test('the input is left as it was', () => {
    const array = sample('int32', [5, 5]);
    const before = array.data.slice();
    encodeTiff(array, { dtype: 'float32' });
    expect(array.data).toEqual(before);
  });

  test.each<[string, NdArray, WriteTiffOptions, RegExp]>([
    ['a line', { shape: [4], data: new Uint8Array(4) }, {}, /at least \(rows, columns\)/u],
    ['no pixels', { shape: [0, 4], data: new Uint8Array(0) }, {}, /0 elements/u],
    ['a wrong shape', { shape: [2, 4], data: new Uint8Array(4) }, {}, /4 elements do not fill the shape \(2, 4\)/u],
    ['wrong axes', sample('uint8', [2, 4]), { axes: 'XY' }, /axes XY of shape \(2, 4\)/u],
    ['64-bit integers as floats', sample('int64', [2, 4]), { dtype: 'float32' }, /int64 elements .* float32/u],
    ['no rows in a strip', sample('uint8', [2, 4]), { rowsPerStrip: 0 }, /rowsPerStrip is 0/u],
    [
      'an uncompressed stack that tells ImageJ its length',
      sample('uint8', [2, 4, 4]),
      { description: 'ImageJ=1.54f\nimages=2\n', compression: 'none' },
      /must not have a line images=/u,
    ],
  ])('%s is refused', (_, array, options, message) => {
    expect(() => encodeTiff(array, options)).toThrow(message);
  });

  test('a file that cannot be written says so and is not left behind', async () => {
    const file = join(folder.path, 'absent', 'image.tif');
    await expect(writeTiff(file, sample('uint8', [2, 2]))).rejects.toMatchObject({
      message: 'image.tif: cannot be written (ENOENT)',
    });
    expect(existsSync(file)).toBe(false);
  });

  test('a full disk is told as a full disk', () => {
    // What the system says when a disk is full.
    const cause = Object.assign(new TypeError('write failed'), { code: 'ENOSPC' });
    const thrown = writeFailed('image.tif', cause);
    expect(thrown).toMatchObject({ code: 'KC_STORAGE_FULL', facts: { retry: 'later' } });
  });
});

const describeWithTools = ['python3-tifffile', 'tiffcp'].map(requireTool).every(Boolean) ? describe : describe.skip;

describeWithTools('what others read of the TIFFs written here', () => {
  const script = `
import sys, json, hashlib, tifffile
for path in sys.argv[1:]:
    array = tifffile.imread(path)
    array = array.astype(array.dtype.newbyteorder('<'))
    print(json.dumps([array.dtype.name, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]))
`;

  test('tifffile reads every type and layout as it was written', () => {
    const files: string[] = [];
    const wanted: unknown[] = [];
    for (const [index, [, shape, options]] of variants.entries()) {
      for (const dtype of dtypes) {
        const array = sample(dtype, shape);
        const file = join(folder.path, `tifffile-${index}-${dtype}.tif`);
        writeFileSync(file, encodeTiff(array, options));
        files.push(file);
        wanted.push([dtype satisfies DType, shape, digest(array.data)]);
      }
    }
    const output = execFileSync('/usr/bin/python3', ['-c', script, ...files], { encoding: 'utf8' });
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(wanted);
  });

  test('libtiff reads every page without a warning, and the same pixels in all layouts', () => {
    for (const dtype of dtypes) {
      const plain = join(folder.path, 'libtiff-plain.tif');
      writeFileSync(plain, encodeTiff(sample(dtype, [3, 37, 53]), { compression: 'none' }));
      for (const options of [{}, { rowsPerStrip: 5 }, { bigTiff: true }]) {
        const file = join(folder.path, 'libtiff.tif');
        writeFileSync(file, encodeTiff(sample(dtype, [3, 37, 53]), options));
        const info = spawnSync('tiffinfo', ['-D', file], { encoding: 'utf8' });
        expect(info.stderr).toBe('');
        expect(info.stdout.match(/=== TIFF directory/gu)).toHaveLength(3);
        expect(info.stdout).toContain('Software: kiosk-consumer');
        const copies = [plain, file].map((source, index) => {
          const copy = join(folder.path, `libtiff-copy-${index}.tif`);
          execFileSync('tiffcp', ['-c', 'none', '-r', '37', '-B', source, copy], { stdio: 'pipe' });
          return copy;
        });
        // Compares pixels and the tags that decide about them.
        const compared = spawnSync('tiffcmp', copies, { encoding: 'utf8' });
        expect({ dtype, ...options, status: compared.status, output: compared.stdout }).toEqual({
          dtype,
          ...options,
          status: 0,
          output: 'Directory 1:\nDirectory 2:\n',
        });
      }
    }
  });
});
