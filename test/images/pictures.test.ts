import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf } from '../../src/images/dtype.js';
import { readHeader, readImage } from '../../src/images/read.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Expected {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  readonly alpha?: true;
}

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

const describeWithTools = requireTool('python3-tifffile') ? describe : describe.skip;

describeWithTools('PNG and JPEG of every kind', () => {
  let expected: Record<string, Expected> = {};

  beforeAll(() => {
    execFileSync('/usr/bin/python3', [join(import.meta.dirname, 'make-pictures.py'), folder.path]);
    expected = JSON.parse(readFileSync(join(folder.path, 'expected.json'), 'utf8')) as Record<string, Expected>;
  });

  test('samples come as they are stored, whatever profile, gamma or orientation says', async () => {
    const wrong: unknown[] = [];
    for (const [name, want] of Object.entries(expected)) {
      try {
        const { shape, dtype, data, alpha } = await readImage(join(folder.path, name));
        const sha256 = createHash('sha256').update(bytesOf(data)).digest('hex');
        const got: Expected = { shape, dtype, sha256, ...(alpha && { alpha: true }) };
        if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push({ name, got, want });
      } catch (error) {
        wrong.push({ name, error: String(error) });
      }
    }
    expect(wrong).toEqual([]);
    expect(Object.keys(expected).length).toBeGreaterThan(35);
  });

  test('the header tells shape and type before anything is decoded', async () => {
    expect(await readHeader(join(folder.path, 'type6_16.png'))).toEqual({
      format: 'png',
      dtype: 'uint16',
      axes: 'YXS',
      shape: [13, 17, 4],
      encoding: 'RGB and opacity, 16-bit',
      alpha: true,
    });
    expect(await readHeader(join(folder.path, 'progressive.jpg'))).toMatchObject({
      format: 'jpeg',
      axes: 'YXS',
      shape: [40, 56, 3],
      encoding: 'RGB, progressive',
    });
  });

  test('the four inks of a printer are refused', async () => {
    await expect(readImage(join(folder.path, 'cmyk.jpg'))).rejects.toMatchObject({
      code: 'KC_IMAGE_UNSUPPORTED',
      message: 'cmyk.jpg: is a JPEG of 4 components with 8 bits',
    });
  });

  test.each(['type2_8.png', 'rgb.jpg'])('%s cut off in its pixels is unreadable', async (name) => {
    const bytes = readFileSync(join(folder.path, name));
    const cut = join(folder.path, `cut-${name}`);
    writeFileSync(cut, bytes.subarray(0, bytes.length - 120));
    await expect(readImage(cut)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });
});

/** A file of these bytes with a suffix that says nothing. */
function put(bytes: string): string {
  const path = join(folder.path, 'upload.tif');
  writeFileSync(path, bytes, 'latin1');
  return path;
}

describe('files that are no image', () => {
  test.each([
    ['', 'upload.tif: is empty'],
    ['<html><body>404</body></html>', 'upload.tif: is a web page or XML'],
    ['GIF89a', 'upload.tif: is a GIF'],
    ['hello world', 'upload.tif: is not an image of a kind that is read'],
    ['\x89PNG\r\n\x1a\n', 'upload.tif: is a PNG that ends within its header'],
    ['\xff\xd8\xff\xe0\0\x10', 'upload.tif: is a JPEG without a frame header; it is cut off or damaged'],
  ])('%j is refused: %s', async (bytes, message) => {
    const refusal = {
      code: 'KC_IMAGE_UNREADABLE',
      message,
      facts: { hint: expect.stringContaining('TIFF, PNG and JPEG') },
    };
    await expect(readImage(put(bytes))).rejects.toMatchObject(refusal);
    await expect(readHeader(put(bytes))).rejects.toMatchObject(refusal);
  });

  test('a file that is not there, and a folder, are refused', async () => {
    await expect(readImage(join(folder.path, 'absent.tif'))).rejects.toMatchObject({
      code: 'KC_IMAGE_UNREADABLE',
      message: 'absent.tif: cannot be opened (ENOENT)',
    });
    await expect(readImage(folder.path)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });

  test('a PNG that claims a thousand million pixels a side is refused from its header', async () => {
    const head = Buffer.alloc(33);
    head.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
    head.writeUInt32BE(1e9, 16);
    head.writeUInt32BE(1e9, 20);
    head.set([8, 0, 0, 0, 0], 24);
    await expect(readImage(put(head.toString('latin1')))).rejects.toMatchObject({
      code: 'KC_IMAGE_TOO_LARGE',
      facts: { hint: expect.stringContaining('limits.maxPixels') },
    });
  });

  test('a JPEG is held against the limits of its sides', async () => {
    const frame = '\xff\xd8\xff\xc0\0\x0b\x08\x40\x00\x50\x00\x01\x01\x11\x00';
    const limits = { maxPixels: 1e12, maxBytes: 1e12, maxHeight: 1000 };
    await expect(readImage(put(frame), { limits })).rejects.toMatchObject({
      code: 'KC_IMAGE_TOO_LARGE',
      message: expect.stringContaining('16384 rows; the limit is 1000'),
    });
  });
});
