import { openSync, closeSync, readSync, fstatSync } from 'node:fs';
import { unreadable } from './image-error.js';
import type { ImageHeader } from './raster.js';

const SIGNATURE_BYTES = 8;

/** Samples per pixel by PNG colour type: grey, RGB, palette, grey and opacity, RGB and opacity. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Chunks before the pixels that are looked at in search of a transparent colour. */
const MAX_CHUNKS = 10_000;

/**
 * Size and samples of a PNG from its first chunks, before any decoder touches it. Grey of 1, 2 and 4 bits is read as
 * 8 bits scaled to 0..255, palettes as the RGB colours they stand for; a transparent colour adds an opacity.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE if the header is damaged
 */
export function readPngHeader(path: string, name: string): ImageHeader {
  const descriptor = openSync(path, 'r');
  try {
    const size = fstatSync(descriptor).size;
    const chunk = Buffer.alloc(8 + 13);
    const read = (offset: number, length: number): Buffer => {
      const got = readSync(descriptor, chunk, 0, length, offset);
      if (got < length) throw unreadable(name, 'is a PNG that ends within its header');
      return chunk;
    };
    const head = read(SIGNATURE_BYTES, 21);
    if (head.toString('latin1', 4, 8) !== 'IHDR') throw unreadable(name, 'is a PNG without a header chunk');
    const width = head.readUInt32BE(8);
    const height = head.readUInt32BE(12);
    const bits = head[16]!;
    const colour = head[17]!;
    const samples = SAMPLES[colour];
    if (width === 0 || height === 0 || samples === undefined || ![1, 2, 4, 8, 16].includes(bits)) {
      throw unreadable(name, `is a PNG of ${width}x${height} pixels, colour type ${colour}, ${bits} bits`);
    }
    const interlaced = head[20] === 1;
    let transparent = false;
    let offset = SIGNATURE_BYTES;
    for (let count = 0; count < MAX_CHUNKS && offset + 12 <= size; count += 1) {
      const next = read(offset, 8);
      const type = next.toString('latin1', 4, 8);
      if (type === 'tRNS') transparent = true;
      if (type === 'tRNS' || type === 'IDAT') break;
      offset += 12 + next.readUInt32BE(0);
    }
    const alpha = colour >= 4 || transparent;
    const total = samples + (transparent && colour < 4 ? 1 : 0);
    const kind = ['grey', '', 'RGB', 'palette', 'grey and opacity', '', 'RGB and opacity'][colour];
    return {
      format: 'png',
      dtype: bits === 16 ? 'uint16' : 'uint8',
      axes: total === 1 ? 'YX' : 'YXS',
      shape: total === 1 ? [height, width] : [height, width, total],
      encoding: `${kind}, ${bits}-bit${interlaced ? ', interlaced' : ''}`,
      ...(alpha && { alpha }),
    };
  } finally {
    closeSync(descriptor);
  }
}
