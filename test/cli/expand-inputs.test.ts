import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expandInputs } from '../../src/cli/expand-inputs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const files = [
    'plate/b.tif',
    'plate/notes.txt',
    'plate/a.ome.zarr/.zattrs',
    'plate/a.ome.zarr/0/preview.png',
    'plate/deep/c.zarr.zip',
    'unnamed/.zgroup',
    'unnamed/0/0/0',
  ];
  for (const file of files) {
    await mkdir(dirname(join(folder.path, file)), { recursive: true });
    await writeFile(join(folder.path, file), '');
  }
});
afterAll(() => folder.remove());

const found = async (...args: string[]) =>
  (await expandInputs(args.map((arg) => join(folder.path, arg)))).map((input) => 'name' in input && input.name);

test('a directory stands for its images and stores, not for what is in a store', async () => {
  expect(await found('plate')).toEqual(['a.ozx', 'b.tif', 'deep/c.ozx']);
});

test('a store is one input, also where its name does not say so', async () => {
  expect(await found('plate/a.ome.zarr', 'plate/deep/c.zarr.zip', 'unnamed')).toEqual(['a.ozx', 'c.ozx', 'unnamed']);
});

test('a pattern finds files and stores', async () => {
  expect(await found('plate/*')).toEqual(['a.ozx', 'b.tif', 'notes.txt']);
});

test('an argument that means nothing is told', async () => {
  await expect(found('absent')).rejects.toMatchObject({ code: 'KC_USAGE', message: expect.stringContaining('absent') });
});
