import { closeSync, openSync, readSync } from 'node:fs';
import { unreadable, unsupported } from './image-error.js';
import type { ImageHeader } from './raster.js';

/** Markers before the frame header that are looked at; embedded previews and profiles come in 64 kB pieces. */
const MAX_MARKERS = 10_000;

/**
 * Size and components of a JPEG from its frame header.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE without a frame header, KC_IMAGE_UNSUPPORTED for four inks or 12 bits
 */
export function readJpegHeader(path: string, name: string): ImageHeader {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(10);
    let offset = 2;
    for (let count = 0; count < MAX_MARKERS; count += 1) {
      const got = readSync(descriptor, buffer, 0, 10, offset);
      if (got < 4 || buffer[0] !== 0xff) break;
      const marker = buffer[1]!;
      if (marker === 0xff) {
        offset += 1; // Fill byte before a marker.
      } else if (isFrameHeader(marker) && got === 10) {
        return headerOf(name, marker, buffer[4]!, buffer.readUInt16BE(5), buffer.readUInt16BE(7), buffer[9]!);
      } else {
        offset += 2 + buffer.readUInt16BE(2);
      }
    }
    throw unreadable(name, 'is a JPEG without a frame header; it is cut off or damaged');
  } finally {
    closeSync(descriptor);
  }
}

/** SOF0 to SOF15, without the tables (DHT, JPG, DAC) that share the range. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function headerOf(
  name: string,
  marker: number,
  bits: number,
  height: number,
  width: number,
  samples: number,
): ImageHeader {
  if (bits !== 8 || (samples !== 1 && samples !== 3)) {
    throw unsupported(name, `is a JPEG of ${samples} components with ${bits} bits`, 'save it as grey or RGB, 8 bits');
  }
  if (width === 0 || height === 0) throw unreadable(name, `is a JPEG of ${width}x${height} pixels`);
  return {
    format: 'jpeg',
    dtype: 'uint8',
    axes: samples === 1 ? 'YX' : 'YXS',
    shape: samples === 1 ? [height, width] : [height, width, samples],
    encoding: `${samples === 1 ? 'grey' : 'RGB'}${marker === 0xc2 ? ', progressive' : ''}`,
  };
}
