import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeImage } from '../../src/images/describe.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

test('an image is described by what is in its header and its pixels', async () => {
  const file = join(folder.path, 'image.tif');
  const data = Uint16Array.from([1, 2, 3, 4, 5, 6, 7, 9]);
  await writeTiff(file, { shape: [2, 2, 2], data }, { axes: 'CYX', pixelSize: { x: 0.5, y: 0.5 } });
  expect(await describeImage(file)).toEqual({
    format: 'tiff',
    axes: 'CYX',
    shape: [2, 2, 2],
    dtype: 'uint16',
    pixelSize: { x: 0.5, y: 0.5 },
    channelAxis: 'C: named in the file',
    min: 1,
    max: 9,
    mean: 4.625,
    notFinite: 0,
    sha256: createHash('sha256').update(Buffer.from(data.buffer)).digest('hex'),
    encoding: 'deflate, 1 strip, 2 pages, little-endian',
  });
});

test('NaN and infinity are counted and left out of the numbers', async () => {
  const file = join(folder.path, 'nan.tif');
  await writeTiff(file, { shape: [1, 4], data: Float32Array.from([Number.NaN, -2, 4, Infinity]) });
  expect(await describeImage(file)).toMatchObject({ min: -2, max: 4, mean: 1, notFinite: 2, pixelSize: null });
  await writeTiff(file, { shape: [1, 1], data: Float32Array.from([Number.NaN]) });
  expect(await describeImage(file)).toMatchObject({ min: null, max: null, mean: null, notFinite: 1 });
});

test('float16 and 64-bit integers are measured as the numbers they are', async () => {
  const file = join(folder.path, 'other.tif');
  await writeTiff(file, { shape: [1, 2], data: Uint16Array.from([0x3c00, 0xc000]) }, { dtype: 'float16' });
  expect(await describeImage(file)).toMatchObject({ dtype: 'float16', min: -2, max: 1, mean: -0.5 });
  await writeTiff(file, { shape: [1, 2], data: BigInt64Array.from([-5n, 7n]) });
  expect(await describeImage(file)).toMatchObject({ dtype: 'int64', min: -5, max: 7, mean: 1 });
});

test('a refusal by a limit is that of a job', async () => {
  const file = join(folder.path, 'large.tif');
  await writeTiff(file, { shape: [4, 4], data: new Uint8Array(16) });
  await expect(describeImage(file, { maxPixels: 10, maxBytes: 100 })).rejects.toMatchObject({
    code: 'KC_IMAGE_TOO_LARGE',
  });
});
