import { unsupported } from '../../image-error.js';
import type { TiffPage } from '../page.js';
import { readBytes, type TiffFile } from '../read-directory.js';
import { PHOTOMETRIC, TAG } from '../tags.js';
import type { SegmentDecoder } from './codec.js';

const START_OF_IMAGE_BYTES = 2;

/**
 * Decodes JPEG strips and tiles through libjpeg (in sharp). The tables shared by all segments, and a marker that says
 * whether the colours are RGB or YCbCr as the TIFF tags have it, are put in front of each.
 */
export async function openJpeg(tiff: TiffFile, page: TiffPage): Promise<SegmentDecoder> {
  const file = tiff.source.name;
  if (page.bits !== 8) {
    throw unsupported(file, `holds ${page.bits}-bit JPEG`, 'save it with deflate: `tiffcp -c zip in.tif out.tif`');
  }
  const channels = page.planar ? 1 : page.samples;
  if (channels !== 1 && channels !== 3) {
    throw unsupported(file, `holds JPEG with ${channels} samples per pixel`, 'save the channels as pages of their own');
  }
  const { default: sharp } = await import('sharp');
  const preamble = Buffer.concat([
    tablesOf(readBytes(tiff, page.directory, TAG.jpegTables)),
    channels === 3 ? adobeMarker(page.photometric) : Buffer.alloc(0),
  ]);
  return async (bytes, target) => {
    const stream = Buffer.concat([Buffer.from([0xff, 0xd8]), preamble, bytes.subarray(START_OF_IMAGE_BYTES)]);
    // The size in a hostile stream may be another than that of the page, which has been held against the limits.
    const limitInputPixels = page.segmentWidth * page.segmentHeight;
    const { data, info } = await sharp(stream, { limitInputPixels, ignoreIcc: true, failOn: 'error' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels || info.width !== page.segmentWidth) {
      throw new RangeError(`JPEG of ${info.width} columns and ${info.channels} samples`);
    }
    const length = Math.min(data.length, target.length);
    target.set(data.subarray(0, length));
    return length;
  };
}

/** The shared tables form a stream of their own: start marker, tables, end marker. */
function tablesOf(tables: Uint8Array | undefined): Buffer {
  if (tables === undefined || tables.length < 4) return Buffer.alloc(0);
  const end = tables.at(-1) === 0xd9 && tables.at(-2) === 0xff ? tables.length - 2 : tables.length;
  return Buffer.from(tables.subarray(START_OF_IMAGE_BYTES, end));
}

/** Adobe's application marker: transform 0 keeps the three components, 1 converts from YCbCr. */
function adobeMarker(photometric: number): Buffer {
  const marker = Buffer.from([0xff, 0xee, 0x00, 0x0e, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]);
  marker[15] = photometric === PHOTOMETRIC.ycbcr ? 1 : 0;
  return marker;
}
