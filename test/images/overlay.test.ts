import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { drawOverlay, writeOverlay } from '../../src/images/overlay.js';
import { readImage } from '../../src/images/read.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

const image = { shape: [9, 12, 3], data: Float32Array.from({ length: 324 }, (_, index) => Math.sin(index) * 50) };
const labels = { shape: [9, 12], data: Int32Array.from({ length: 108 }, (_, index) => (index % 12 > 7 ? 1 : 0)) };

test('the PNG holds the picture that was drawn', async () => {
  const file = join(folder.path, 'overlay.png');
  await writeOverlay(file, image, labels);
  const { shape, data } = await readImage(file);
  expect(shape).toEqual([9, 12, 3]);
  expect(data).toEqual(drawOverlay(image, labels));
});

test('a folder that is not there is told', async () => {
  await expect(writeOverlay(join(folder.path, 'absent', 'a.png'), image, labels)).rejects.toMatchObject({
    message: expect.stringMatching(/^a\.png: cannot be written/u),
  });
});
