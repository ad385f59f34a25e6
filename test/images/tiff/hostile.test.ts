import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { KioskError } from '../../../src/errors/kiosk-error.js';
import type { ImageLimits, Raster } from '../../../src/images/raster.js';
import { readHeader, readImage } from '../../../src/images/read.js';
import { encodeTiff } from '../../../src/images/tiff/write.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { buildTiff, type HandMadeTag, PIXELS_AT, plainTags } from './build-tiff.js';

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

function put(bytes: Uint8Array): string {
  const path = join(folder.path, 'hostile.tif');
  writeFileSync(path, bytes);
  return path;
}

async function read(bytes: Uint8Array, limits?: ImageLimits): Promise<Raster> {
  return await readImage(put(bytes), limits ? { limits } : {});
}

const pixels = Uint8Array.from({ length: 64 }, (_, index) => index);

function image(changes: readonly HandMadeTag[] = []): Buffer {
  return buildTiff([{ tags: plainTags(8, 8, 8, changes) }], pixels);
}

/** A refusal by a limit whose way out names `setting`. */
function hint(setting: string): object {
  return { code: 'KC_IMAGE_TOO_LARGE', facts: { hint: expect.stringContaining(setting) } };
}

describe('damaged and hostile TIFFs', () => {
  test('the plain file that the others are made from is read', async () => {
    expect((await read(image())).data).toEqual(pixels);
  });

  test('a chain of directories that returns to its start ends there', async () => {
    const start = PIXELS_AT + pixels.length;
    const looped = buildTiff([{ tags: plainTags(8, 8, 8), next: start }], pixels);
    expect((await read(looped)).shape).toEqual([8, 8]);
  });

  test('directories laid over each other are refused before they are all read', async () => {
    // Every other byte begins a directory of 1500 tags, whose last word points to the next.
    const bytes = Buffer.alloc(200_000);
    bytes.write('II*\0\x08\0\0\0', 'latin1');
    for (let at = 8; at + 18_006 < bytes.length; at += 4) {
      bytes.writeUInt16LE(1500, at);
      bytes.writeUInt16LE(0, at + 2);
    }
    const length = 2 + 1500 * 12;
    for (let at = 8; at + length + 4 < bytes.length; at += 36_008) bytes.writeUInt32LE(12, at + length);
    await expect(read(bytes)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });

  test.each<[string, Buffer, RegExp]>([
    ['a next directory beyond the end', buildTiff([{ tags: plainTags(8, 8, 8), next: 90_000 }], pixels), /byte 90000/u],
    ['no directory', buildTiff([], pixels), /without any image/u],
    ['a strip beyond the end', image([[273, 4, [4_000_000_000]]]), /strip 0 of 1 should stand at bytes 4000000000/u],
    [
      'a strip that runs over the end',
      image([
        [257, 4, [800]],
        [278, 4, [800]],
      ]),
      /strip 0 of 1 .* ends at/u,
    ],
    ['fewer strips than rows need', image([[278, 4, [2]]]), /lists 1 strips of a page that has 4/u],
    ['no strips', image([[273, 4, []]]), /lists 0 strips/u],
    ['no size of the image', image([[256, 4, [0]]]), /0 columns/u],
    [
      '65535 samples of 64 bits',
      image([
        [277, 3, [65_535]],
        [258, 3, [64]],
      ]),
      /should stand at/u,
    ],
    [
      'tiles without a size',
      image([
        [322, 3, [16]],
        [324, 4, [8]],
      ]),
      /0 rows in a segment/u,
    ],
    ['deflate that is not deflate', image([[259, 3, [8]]]), /strip 0 cannot be decompressed/u],
    [
      'LZW that ends early',
      image([
        [259, 3, [5]],
        [273, 4, [40]],
        [279, 4, [30]],
      ]),
      /strip 0 holds \d+ bytes of pixels instead of 64/u,
    ],
    [
      'PackBits that end early',
      image([
        [259, 3, [32_773]],
        [279, 4, [3]],
      ]),
      /holds \d+ bytes of pixels instead of 64/u,
    ],
    ['a version that is none', Buffer.from('II+\0\x09\0\0\0\0\0\0\0\0\0\0\0', 'latin1'), /version 43/u],
    ['only a header', Buffer.from('II*\0\x08\0\0\0', 'latin1'), /byte 8/u],
    ['half a header', Buffer.from('II*\0', 'latin1'), /is cut off|ends/u],
  ])('%s is refused as unreadable, in a sentence that says where', async (_, bytes, message) => {
    const error = await read(bytes).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(KioskError);
    expect(error).toMatchObject({ code: 'KC_IMAGE_UNREADABLE', message: expect.stringMatching(message) });
    expect((error as KioskError).message).toMatch(/^hostile\.tif: /u);
  });

  test.each<[string, Buffer, RegExp]>([
    ['CCITT fax', image([[259, 3, [4]]]), /CCITT group 4/u],
    ['LERC', image([[259, 3, [34_887]]]), /LERC/u],
    ['LZMA', image([[259, 3, [34_925]]]), /LZMA; none, deflate, LZW/u],
    [
      'complex numbers',
      image([
        [258, 3, [64]],
        [339, 3, [6]],
      ]),
      /64-bit samples of kind complex/u,
    ],
    [
      '24-bit floats',
      image([
        [258, 3, [24]],
        [339, 3, [3]],
      ]),
      /24-bit samples of kind float/u,
    ],
    [
      '5-6-5 bits',
      image([
        [277, 3, [3]],
        [258, 3, [5, 6, 5]],
      ]),
      /different bits per sample/u,
    ],
    [
      'raw YCbCr',
      image([
        [277, 3, [3]],
        [258, 3, [8, 8, 8]],
        [262, 3, [6]],
        [256, 4, [2]],
      ]),
      /YCbCr without JPEG/u,
    ],
    ['the predictor of floats on integers', image([[317, 3, [3]]]), /predictor 3 on 8-bit/u],
    ['volumes', image([[32_997, 4, [4]]]), /volumetric/u],
  ])('%s is refused as unsupported, with a way out', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'KC_IMAGE_UNSUPPORTED',
      message: expect.stringMatching(message),
      facts: { hint: expect.stringMatching(/save/u) },
    });
  });

  test('a header of a thousand million squared is refused before memory is taken', async () => {
    const bomb = image([
      [256, 4, [1_000_000_000]],
      [257, 4, [1_000_000_000]],
    ]);
    await expect(readHeader(put(bomb))).rejects.toMatchObject({
      code: 'KC_IMAGE_TOO_LARGE',
      message: expect.stringMatching(/1000000000000000000 pixels; the limit is 1073741824/u),
      facts: { hint: expect.stringContaining('limits.maxPixels') },
    });
  });

  test('each limit names the setting that moves it', async () => {
    const wide = { maxPixels: 1e9, maxBytes: 1e9 };
    await expect(read(image(), { ...wide, maxWidth: 7 })).rejects.toMatchObject(hint('MAX_IMAGE_WIDTH'));
    await expect(read(image(), { ...wide, maxHeight: 7 })).rejects.toMatchObject(hint('MAX_IMAGE_HEIGHT'));
    await expect(read(image(), { ...wide, maxPixels: 63 })).rejects.toMatchObject(hint('limits.maxPixels'));
    await expect(read(image(), { ...wide, maxBytes: 63 })).rejects.toMatchObject(hint('limits.maxBytes'));
    expect((await read(image(), { maxWidth: 8, maxHeight: 8, maxPixels: 64, maxBytes: 64 })).shape).toEqual([8, 8]);
  });

  test('a strip that inflates to far more than its rows is refused while it inflates', async () => {
    const bomb = deflateSync(new Uint8Array(50_000_000));
    const file = buildTiff(
      [
        {
          tags: plainTags(8, 8, 8, [
            [259, 3, [8]],
            [279, 4, [bomb.length]],
          ]),
        },
      ],
      bomb,
    );
    await expect(read(file)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });

  test('damaged zstd is refused, and does not spoil what is read after it', async () => {
    const frame = (content: readonly number[]): Buffer =>
      // Frame header (one segment, content size 64), then blocks: 64 raw bytes; 65535 times one byte; rubbish.
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 64, ...content]);
    const zstd = (bytes: Buffer): Buffer =>
      buildTiff(
        [
          {
            tags: plainTags(8, 8, 8, [
              [259, 3, [50_000]],
              [279, 4, [bytes.length]],
            ]),
          },
        ],
        bytes,
      );
    const raw = frame([0x01, 0x02, 0x00, ...pixels]);
    expect((await read(zstd(raw))).data).toEqual(pixels);
    const bomb = frame([0xfb, 0xff, 0x07, 7]);
    for (const damaged of [raw.subarray(0, 40), frame([0xff, 0xff, 0xff]), Buffer.from('not zstd at all'), bomb]) {
      await expect(read(zstd(damaged))).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
    }
    expect((await read(zstd(raw))).data).toEqual(pixels);
  });

  test('a JPEG strip that claims to be far larger than the page is not decoded', async () => {
    const { default: sharp } = await import('sharp');
    const jpeg = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: 'red' } })
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    const file = buildTiff(
      [
        {
          tags: plainTags(8, 8, 8, [
            [259, 3, [7]],
            [279, 4, [jpeg.length]],
          ]),
        },
      ],
      jpeg,
    );
    await expect(read(file)).rejects.toMatchObject({
      code: 'KC_IMAGE_UNREADABLE',
      message: expect.stringMatching(/strip 0 cannot be decompressed \(.*pixel limit/u),
    });
  });

  test('counts that no file can hold do not take memory', async () => {
    const file = image();
    const directory = PIXELS_AT + pixels.length;
    for (let entry = 0; entry < file.readUInt16LE(directory); entry += 1) {
      const lying = Buffer.from(file);
      lying.writeUInt32LE(0xffff_ffff, directory + 2 + entry * 12 + 4);
      const outcome = await read(lying).then(
        () => 'read',
        (error: unknown) => (error as KioskError).code,
      );
      expect(['read', 'KC_IMAGE_UNREADABLE', 'KC_IMAGE_UNSUPPORTED']).toContain(outcome);
    }
  });

  test('no byte changed or cut off makes anything but an image or a refusal', async () => {
    const sound = [
      image(),
      Buffer.from(encodeTiff({ shape: [3, 9, 7], data: new Uint16Array(189).fill(7) }, { rowsPerStrip: 2 })),
      Buffer.from(
        encodeTiff({ shape: [2, 9, 7], data: new Float32Array(126) }, { bigTiff: true, compression: 'none' }),
      ),
    ];
    const damage = fc.record({
      file: fc.constantFrom(...sound),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      keep: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, changes, keep }) => {
        const bytes = Buffer.from(file.subarray(0, Math.ceil(file.length * keep)));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          const raster = await read(bytes, { maxPixels: 1e6, maxBytes: 1e7 });
          expect(raster.data.length).toBe(raster.shape.reduce((size, length) => size * length, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(KioskError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('strips that were never written are zeros', async () => {
    const sparse = image([
      [278, 4, [4]],
      [273, 4, [PIXELS_AT, 0]],
      [279, 4, [32, 0]],
    ]);
    expect([...(await read(sparse)).data]).toEqual([...pixels.subarray(0, 32), ...new Uint8Array(32)]);
  });

  test('a wrong size noted for uncompressed data does not matter', async () => {
    expect((await read(image([[279, 4, [1]]]))).data).toEqual(pixels);
    const without = plainTags(8, 8, 8).filter(([tag]) => tag !== 279);
    expect((await read(buildTiff([{ tags: without }], pixels))).data).toEqual(pixels);
  });

  test('twelve bits a sample are spread to sixteen, rows beginning on a byte', async () => {
    const packed = Uint8Array.from([0x12, 0x3a, 0xbc, 0x45, 0x60, 0xff, 0xf0, 0x01, 0x80, 0x00]);
    const raster = await read(buildTiff([{ tags: plainTags(3, 2, 12) }], packed));
    expect(raster.dtype).toBe('uint16');
    expect([...raster.data]).toEqual([0x123, 0xabc, 0x456, 0xfff, 0x001, 0x800]);
  });
});
