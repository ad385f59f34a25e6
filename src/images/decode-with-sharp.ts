import { KioskError } from '../errors/kiosk-error.js';
import { viewAs } from './dtype.js';
import { unreadable } from './image-error.js';
import type { ImageHeader, Raster } from './raster.js';

/**
 * The samples of a PNG or JPEG as they are stored: no colour profile, gamma or orientation is applied. The header has
 * been read and held against the limits before.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE if the decoder finds the file damaged
 */
export async function decodeWithSharp(path: string, name: string, header: ImageHeader): Promise<Raster> {
  const { default: sharp } = await import('sharp');
  const wide = header.dtype === 'uint16';
  const grey = header.axes === 'YX' || header.shape[2] === 2;
  // Without a colour space of the right width, 16-bit samples would be reduced to 8.
  const space = wide ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb';
  const image = sharp(path, { limitInputPixels: false, ignoreIcc: true, failOn: 'error', autoOrient: false })
    .toColourspace(space)
    .raw({ depth: wide ? 'ushort' : 'uchar' });
  const { data, info } = await image.toBuffer({ resolveWithObject: true }).catch((error: unknown) => {
    throw unreadable(name, `cannot be decoded (${(error as Error).message})`, error);
  });
  const { axes, shape, dtype, alpha } = header;
  const expected = axes === 'YX' ? [...shape, 1] : shape;
  if (info.height !== expected[0] || info.width !== expected[1] || info.channels !== expected[2]) {
    throw new KioskError(
      'KC_INTERNAL',
      `${name}: the decoder gives (${info.height}, ${info.width}, ${info.channels}), the header (${expected.join(', ')})`,
    );
  }
  return { dtype, axes, shape, data: viewAs(dtype, data), ...(alpha && { alpha }) };
}
