import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeTiff } from '../../src/images/tiff/write.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { evaluate, renderEvaluation, truePairs } from './evaluation.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  // Two cells of 4 pixels and an image without any; of the labels found, one cell fits, one is half as large, one is too many.
  await write('two', '1 1 1 1 0 2 2 2 2 0 0 0');
  await write('two.mask', '1 1 1 1 0 2 2 2 2 0 0 0');
  await write('two_labels', '7 7 7 7 0 3 3 0 0 0 9 0');
  await write('none', '0 0 0 0 0 0 0 0 0 0 0 0');
  await write('none.mask', '0 0 0 0 0 0 0 0 0 0 0 0');
  await write('none_labels', '0 0 0 0 0 0 0 0 0 0 0 0');
});
afterAll(async () => await folder.remove());

describe('the evaluation of a folder', () => {
  test('pairs images with masks, in order of their names', async () => {
    const pairs = await truePairs(folder.path);
    expect(pairs.map(({ name }) => name)).toEqual(['none', 'two']);
    expect(pairs[1]).toEqual({
      name: 'two',
      image: join(folder.path, 'two.tif'),
      mask: join(folder.path, 'two.mask.tif'),
    });
  });

  test('counts an IoU of just 0.5 as a miss, and an image without cells as right if none were found', async () => {
    const { images, all } = await evaluate(await truePairs(folder.path), ({ name }) =>
      join(folder.path, `${name}_labels.tif`),
    );
    expect(images[0]).toEqual({ name: 'none', objects: 0, predicted: 0, f1: 1, ap: 1 });
    expect(images[1]).toEqual({ name: 'two', objects: 2, predicted: 3, f1: 2 / 5, ap: 1 / 4 });
    expect(all).toMatchObject({
      truePositives: 1,
      falsePositives: 2,
      falseNegatives: 1,
      f1Pooled: 2 / 5,
      f1ImageMean: 0.7,
    });
    expect(all.meanAveragePrecision).toBeCloseTo(0.625, 12);
  });

  test('is printed as one line an image and the figures of all', async () => {
    const evaluation = await evaluate(await truePairs(folder.path), ({ mask }) => mask);
    const lines = renderEvaluation(evaluation).split('\n');
    expect(lines.slice(0, 3).map((line) => line.split(/\s+/u))).toEqual([
      ['image', 'objects', 'predicted', 'F1@0.5', 'AP'],
      ['none', '0', '0', '1.000', '1.000'],
      ['two', '2', '2', '1.000', '1.000'],
    ]);
    expect(lines).toContain('F1 at IoU 0.5, pooled    1.0000');
  });

  test('refuses a mask without its image', async () => {
    const alone = join(folder.path, 'alone.mask.tif');
    await copyFile(join(folder.path, 'two.mask.tif'), alone);
    await expect(truePairs(folder.path)).rejects.toThrow('masks without an image: alone');
    await rm(alone);
  });
});

async function write(name: string, labels: string): Promise<void> {
  const data = Uint16Array.from(labels.split(' '), Number);
  await writeTiff(join(folder.path, `${name}.tif`), { shape: [1, data.length], data });
}
