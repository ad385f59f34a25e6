import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf } from '../../../src/images/dtype.js';
import { readHeader, readImage } from '../../../src/images/read.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

interface Expected {
  readonly shape: readonly number[];
  readonly axes: string;
  readonly dtype: string;
  readonly sha256: string;
  readonly pixelSize?: number | null;
  readonly alpha?: boolean;
}

const toolsPresent = ['python3-tifffile', 'tiffcp'].map(requireTool).every(Boolean);
const describeWithTools = toolsPresent ? describe : describe.skip;

/** Making some 700 files takes a few seconds of Python and libtiff. */
const GENERATE_TIMEOUT_MS = 120_000;

const libtiff = (name: string): boolean => name.startsWith('libtiff_');

describeWithTools('the TIFF matrix, written by tifffile and by libtiff', () => {
  let folder: { path: string; remove(): Promise<void> };
  let expected: Record<string, Expected> = {};

  beforeAll(async () => {
    folder = await temporaryFolder();
    const script = join(import.meta.dirname, 'make-matrix.py');
    execFileSync('/usr/bin/python3', [script, folder.path], { stdio: ['ignore', 'ignore', 'pipe'] });
    expected = JSON.parse(readFileSync(join(folder.path, 'expected.json'), 'utf8')) as Record<string, Expected>;
  }, GENERATE_TIMEOUT_MS);
  afterAll(async () => await folder.remove());

  /** Every file whose name begins so, compared pixel for pixel; the differences, not the first of them. */
  async function differences(choose: (name: string) => boolean): Promise<{ compared: number; wrong: unknown[] }> {
    const wrong: unknown[] = [];
    const names = Object.keys(expected).filter(choose);
    for (const name of names) {
      const want = expected[name]!;
      try {
        const raster = await readImage(join(folder.path, `${name}.tif`));
        const { shape, axes, dtype } = raster;
        const sha256 = createHash('sha256').update(bytesOf(raster.data)).digest('hex');
        const got = { shape, axes, dtype, sha256 };
        const same = (Object.keys(got) as (keyof typeof got)[]).every(
          (key) => JSON.stringify(got[key]) === JSON.stringify(want[key]),
        );
        if (!same) wrong.push({ name, got, want });
      } catch (error) {
        wrong.push({ name, error: String(error) });
      }
    }
    return { compared: names.length, wrong };
  }

  const dialects = /^(?:shaped|pages|imagej|ome|pyramid|mixed|rgb_pages)/u;

  test('every type, byte order, strip, tile and planar layout by tifffile has the right pixels', async () => {
    const { compared, wrong } = await differences((name) => !libtiff(name) && !dialects.test(name));
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });

  test('stacks, ImageJ, OME and pyramids have the axes, shape and pixels that tifffile gives', async () => {
    const { compared, wrong } = await differences((name) => dialects.test(name));
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(45);
  });

  test.each(['none', 'lzw', 'zip', 'packbits', 'zstd', 'jpeg'])(
    'what libtiff compressed with %s has the right pixels, with and without predictors',
    async (method) => {
      const { compared, wrong } = await differences((name) => libtiff(name) && name.includes(`_${method}`));
      expect(wrong).toEqual([]);
      expect(compared).toBeGreaterThan(2);
    },
  );

  test('every file of the matrix is compared by one of these tests', () => {
    const methods = ['none', 'lzw', 'zip', 'packbits', 'zstd', 'jpeg'];
    const missed = Object.keys(expected).filter(
      (name) => libtiff(name) && !methods.some((method) => name.includes(`_${method}`)),
    );
    expect(missed).toEqual([]);
  });

  test('a pixel size is given where the unit is clear, and not where it is dots per inch', async () => {
    const named = Object.entries(expected).filter(([, { pixelSize }]) => pixelSize !== undefined);
    expect(named.length).toBeGreaterThanOrEqual(5);
    for (const [name, { pixelSize }] of named) {
      const header = await readHeader(join(folder.path, `${name}.tif`));
      if (pixelSize === null) expect(header.pixelSize).toBeUndefined();
      else expect(header.pixelSize?.x).toBeCloseTo(pixelSize!, 6);
    }
    const anisotropic = await readHeader(join(folder.path, 'centimetres.tif'));
    expect(anisotropic.pixelSize?.y).toBeCloseTo(0.25, 6);
  });

  test('an opacity among the samples is told apart from a channel', async () => {
    expect((await readHeader(join(folder.path, 'shaped_rgba.tif'))).alpha).toBe(true);
    expect((await readHeader(join(folder.path, 'contig4_uint16.tif'))).alpha).toBeUndefined();
  });

  test('the header tells shape and type of an image without its pixels', async () => {
    const header = await readHeader(join(folder.path, 'predictor2_big_endian_uint32.tif'));
    expect(header).toMatchObject({ format: 'tiff', shape: [67, 83], axes: 'YX', dtype: 'uint32' });
    expect(header.encoding).toBe('deflate, predictor 2, 1 strip, big-endian');
  });
});
