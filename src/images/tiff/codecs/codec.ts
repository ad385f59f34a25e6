import { unsupported } from '../../image-error.js';
import type { TiffPage } from '../page.js';
import type { TiffFile } from '../read-directory.js';
import { COMPRESSION, compressionName } from '../tags.js';
import { createLzwDecoder } from './lzw.js';
import { decodePackBits } from './pack-bits.js';

/**
 * Decodes one strip or tile into `target` and returns how many bytes it wrote. More than fits is dropped.
 * Throws whatever its library throws; the caller says which segment it was.
 */
export type SegmentDecoder = (bytes: Uint8Array, target: Uint8Array<ArrayBuffer>) => number | Promise<number>;

/**
 * The decoder for a page's compression; libraries are imported only for the compressions that need them.
 *
 * @throws {KioskError} KC_IMAGE_UNSUPPORTED, naming the compression and what to save the file with instead
 */
export async function openCodec(tiff: TiffFile, page: TiffPage): Promise<SegmentDecoder> {
  const file = tiff.source.name;
  switch (page.compression) {
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate:
      return (await import('./deflate.js')).decodeDeflate;
    case COMPRESSION.lzw:
      return lzwOf(file);
    case COMPRESSION.packBits:
      return decodePackBits;
    case COMPRESSION.zstd:
    case COMPRESSION.oldZstd:
      return (await import('./zstd.js')).openZstd();
    case COMPRESSION.jpeg:
      return (await import('./jpeg.js')).openJpeg(tiff, page);
    default:
      throw unsupported(
        file,
        `is compressed with ${compressionName(page.compression)}; none, deflate, LZW, PackBits, zstd and JPEG are read`,
        'save it uncompressed or with deflate, for instance with `tiffcp -c zip in.tif out.tif`',
      );
  }
}

/** LZW of before 1990 fills bytes from the other end; its first code (clear) then begins with a zero byte. */
function lzwOf(file: string): SegmentDecoder {
  const decode = createLzwDecoder();
  return (bytes, target) => {
    if (bytes[0] === 0 && (bytes[1] ?? 0) % 2 === 1) {
      throw unsupported(
        file,
        'is compressed with the LZW of TIFF 5',
        'save it again with `tiffcp -c lzw in.tif out.tif`',
      );
    }
    return decode(bytes, target);
  };
}
