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
  const samples = header.shape[2] ?? 1;
  // In 8 bits the grey space would lose an opacity; three equal colours keep it.
  const grey = samples === 1 || (samples === 2 && wide);
  // Without a colour space of the right width, 16-bit samples would be reduced to 8.
  const space = wide ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb';
  const image = sharp(path, {
    limitInputPixels: header.shape[0]! * header.shape[1]!,
    ignoreIcc: true,
    failOn: 'error',
    autoOrient: false,
  })
    .toColourspace(space)
    .raw({ depth: wide ? 'ushort' : 'uchar' });
  const { data, info } = await image.toBuffer({ resolveWithObject: true }).catch((error: unknown) => {
    throw unreadable(name, `cannot be decoded (${(error as Error).message})`, error);
  });
  const { axes, shape, dtype, alpha } = header;
  const tripled = samples === 2 && info.channels === 4;
  if (info.height !== shape[0] || info.width !== shape[1] || (info.channels !== samples && !tripled)) {
    throw new KioskError(
      'KC_INTERNAL',
      `${name}: the decoder gives (${info.height}, ${info.width}, ${info.channels}), the header (${shape.join(', ')})`,
    );
  }
  const pixels = tripled ? data.filter((_, index) => index % 4 === 0 || index % 4 === 3) : data;
  return { dtype, axes, shape, data: viewAs(dtype, pixels), ...(alpha && { alpha }) };
}
