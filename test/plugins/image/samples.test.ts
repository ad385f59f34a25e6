import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { generateSamples, writeSamples, type Sample } from '../../../plugins/image/samples/generate.js';
import { readImage } from '../../../src/images/read.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const FOLDER = fileURLToPath(new URL('../../../plugins/image/samples/', import.meta.url));
const MEGABYTE = 1e6;

const samples = generateSamples();

describe('the sample images', () => {
  test.each(samples.map((sample) => [sample.name, sample] as const))(
    '%s is what the generator makes',
    async (name, sample) => {
      const image = await readImage(join(FOLDER, `${name}.tif`));
      const mask = await readImage(join(FOLDER, `${name}.mask.tif`));
      expect([image.axes, image.shape, mask.axes, mask.shape]).toEqual(['YX', sample.shape, 'YX', sample.shape]);
      expect(Buffer.compare(bytes(image.data), bytes(sample.image))).toBe(0);
      expect(Buffer.compare(bytes(mask.data), bytes(sample.mask))).toBe(0);
      expect([image.dtype, mask.dtype]).toEqual([sample.image instanceof Uint8Array ? 'uint8' : 'uint16', 'uint16']);
    },
  );

  test('are all that lie in their folder, and take less than a megabyte', async () => {
    const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.tif')).toSorted();
    expect(files).toEqual(samples.flatMap(({ name }) => [`${name}.mask.tif`, `${name}.tif`]).toSorted());
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(FOLDER, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MEGABYTE);
  });

  test.each(samples.map((sample) => [sample.name, sample] as const))(
    'the labels of %s are numbered in reading order without a gap',
    (_name, { mask }) => {
      const order = [...new Set(mask)].filter((label) => label > 0);
      expect(order.length).toBeGreaterThan(20);
      expect(order).toEqual(order.map((_label, i) => i + 1));
    },
  );

  test.each(samples.map((sample) => [sample.name, sample] as const))(
    'each nucleus of %s is in one piece and large enough to be seen',
    (_name, sample) => {
      const pieces = piecesOf(sample);
      expect(new Set(pieces.map(({ label }) => label)).size).toBe(pieces.length);
      expect(Math.min(...pieces.map(({ area }) => area))).toBeGreaterThanOrEqual(30);
    },
  );

  test.each(samples.map((sample) => [sample.name, sample] as const))(
    'the nuclei of %s are brighter than what lies between them, and not clipped',
    (_name, { image, mask }) => {
      const inside = meanWhere(image, (pixel) => mask[pixel]! > 0);
      const outside = meanWhere(image, (pixel) => mask[pixel] === 0);
      expect(inside).toBeGreaterThan(outside + 8);
      const greatest = image instanceof Uint8Array ? 255 : 65_535;
      expect(image.filter((level) => level === greatest).length / image.length).toBeLessThan(1e-3);
    },
  );

  test('can be written anywhere', async () => {
    const folder = await temporaryFolder();
    try {
      await writeSamples(folder.path);
      expect(await readdir(folder.path)).toHaveLength(2 * samples.length);
      const { data } = await readImage(join(folder.path, 'nuclei-sparse.tif'));
      expect(Buffer.compare(bytes(data), bytes(samples[0]!.image))).toBe(0);
    } finally {
      await folder.remove();
    }
  });
});

function bytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function meanWhere(image: Uint8Array | Uint16Array, where: (pixel: number) => boolean): number {
  let sum = 0;
  let count = 0;
  for (let pixel = 0; pixel < image.length; pixel++) {
    if (!where(pixel)) continue;
    sum += image[pixel]!;
    count++;
  }
  return sum / count;
}

/** Connected pieces (8 neighbours) of equal label, by flooding. */
function piecesOf({ mask, shape: [rows, columns] }: Sample): { label: number; area: number }[] {
  const seen = new Uint8Array(mask.length);
  const pieces: { label: number; area: number }[] = [];
  for (let start = 0; start < mask.length; start++) {
    const label = mask[start]!;
    if (label === 0 || seen[start] === 1) continue;
    const open = [start];
    seen[start] = 1;
    let area = 0;
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      area++;
      const row = Math.floor(pixel / columns);
      const column = pixel % columns;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          const next = r * columns + c;
          if (seen[next] === 1 || mask[next] !== label) continue;
          seen[next] = 1;
          open.push(next);
        }
      }
    }
    pieces.push({ label, area });
  }
  return pieces;
}
