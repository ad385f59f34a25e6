import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { unreadable } from './image-error.js';
import { readJpegHeader } from './jpeg.js';
import { checkLimits } from './limits.js';
import { readPngHeader } from './png.js';
import type { ImageHeader, ImageLimits, Raster } from './raster.js';

export interface ReadOptions {
  /** Default {@link DEFAULT_IMAGE_LIMITS}. */
  readonly limits?: ImageLimits;
}

type Format = ImageHeader['format'];

/** First bytes of what people upload by mistake, for a message that helps. */
const OTHER_FORMATS: readonly (readonly [start: string, name: string])[] = [
  ['\x1f\x8b', 'a gzip archive'],
  ['GIF8', 'a GIF'],
  ['BM', 'a BMP'],
  ['%PDF', 'a PDF'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x93NUMPY', 'a NumPy array'],
  ['RIFF', 'a RIFF file (WebP, AVI)'],
  ['ZISRAW', 'a Zeiss CZI'],
  ['\xda\xce\xbe\x0a', 'a Nikon ND2'],
  ['<', 'a web page or XML'],
];

/**
 * What the header of a TIFF, PNG or JPEG, or the metadata of an OME-Zarr, tell, without decoding a pixel. The format is told by the first bytes, not by
 * the suffix.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE, KC_IMAGE_UNSUPPORTED; KC_IMAGE_TOO_LARGE if `limits` are exceeded
 */
export async function readHeader(path: string, limits?: ImageLimits): Promise<ImageHeader> {
  const name = basename(path);
  const format = sniff(path, name);
  if (format === 'tiff') return (await import('./tiff/read-tiff.js')).readTiffHeader(path, limits);
  if (format === 'zarr') return (await import('./zarr/read-zarr.js')).readZarrHeader(path, limits);
  const header = format === 'png' ? readPngHeader(path, name) : readJpegHeader(path, name);
  checkLimits(name, header, limits);
  return header;
}

/**
 * The pixels of an image as its file holds them; of a TIFF, the first series; of an OME-Zarr, the full resolution. Reads synchronously in large pieces: meant
 * for a worker thread. Limits are held against the header before memory is taken.
 *
 * @throws {KioskError} as {@link readHeader}, and KC_IMAGE_UNREADABLE where pixels cannot be decoded
 */
export async function readImage(path: string, options: ReadOptions = {}): Promise<Raster> {
  const name = basename(path);
  const format = sniff(path, name);
  if (format === 'tiff') return (await import('./tiff/read-tiff.js')).readTiff(path, options.limits);
  if (format === 'zarr') return (await import('./zarr/read-zarr.js')).readZarr(path, options.limits);
  const header = await readHeader(path, options.limits);
  return (await import('./decode-with-sharp.js')).decodeWithSharp(path, name, header);
}

function sniff(path: string, name: string): Format {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return 'zarr';
  const head = firstBytes(path, name);
  const text = head.toString('latin1');
  if (/^(?:II[*+]\0|MM\0[*+])/u.test(text)) return 'tiff';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  // A zip archive is read if it is one of a Zarr store, and refused if not.
  if (text.startsWith('PK\x03\x04')) return 'zarr';
  if (head.length === 0) throw unreadable(name, 'is empty');
  const other = OTHER_FORMATS.find(([start]) => text.startsWith(start))?.[1];
  throw unreadable(name, `is ${other ?? 'not an image of a kind that is read'}`);
}

function firstBytes(path: string, name: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw unreadable(name, `cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, error);
  }
  try {
    const head = Buffer.alloc(8);
    return head.subarray(0, readSync(descriptor, head, 0, head.length, 0));
  } catch (error) {
    throw unreadable(name, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, error);
  } finally {
    closeSync(descriptor);
  }
}
