import { bytesPerElement, viewAs } from '../dtype.js';
import { checkLimits } from '../limits.js';
import type { ImageHeader, ImageLimits, Raster } from '../raster.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from './byte-order.js';
import { ByteSource } from './byte-source.js';
import { decodePage, refuseUnread } from './decode-page.js';
import { readFormat, type TiffFile } from './read-directory.js';
import { gridOf } from './segment-table.js';
import { readSeries, type TiffSeries } from './series.js';
import { COMPRESSION, compressionName } from './tags.js';

/** @throws {KioskError} KC_IMAGE_UNREADABLE, KC_IMAGE_UNSUPPORTED, KC_IMAGE_TOO_LARGE */
export function readTiffHeader(path: string, limits?: ImageLimits): ImageHeader {
  const source = new ByteSource(path);
  try {
    return openSeries(source, limits).header;
  } finally {
    source.close();
  }
}

/** The first series of a TIFF; the same array that `tifffile.imread` gives. Errors as {@link readTiffHeader}. */
export async function readTiff(path: string, limits?: ImageLimits): Promise<Raster> {
  const source = new ByteSource(path);
  try {
    const { file, series, header } = openSeries(source, limits);
    const { axes, shape, dtype, pixelSize, alpha } = header;
    const elements = shape.reduce((product, length) => product * length, 1);
    const bytes = await decodeSeries(file, series, elements * bytesPerElement(dtype));
    return { dtype, axes, shape, data: viewAs(dtype, bytes), ...(pixelSize && { pixelSize }), ...(alpha && { alpha }) };
  } finally {
    source.close();
  }
}

function openSeries(
  source: ByteSource,
  limits: ImageLimits | undefined,
): { file: TiffFile; series: TiffSeries; header: ImageHeader } {
  const file = { source, format: readFormat(source) };
  const series = readSeries(file);
  const { axes, shape, dtype, pixelSize, alpha } = series;
  checkLimits(source.name, series, limits);
  const first = series.pages.find((page) => page !== undefined);
  if (first !== undefined) refuseUnread(source.name, first);
  const encoding = describeEncoding(file, series);
  const known = { ...(pixelSize && { pixelSize }), ...(alpha && { alpha }) };
  return { file, series, header: { format: 'tiff', axes, shape, dtype, encoding, ...known } };
}

async function decodeSeries(file: TiffFile, series: TiffSeries, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  if (series.contiguousFrom !== undefined) {
    file.source.require(series.contiguousFrom, byteLength);
    const whole = allocate(byteLength);
    file.source.readInto(series.contiguousFrom, whole);
    if (file.format.littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(whole, bytesPerElement(series.dtype));
    return whole;
  }
  const target = allocate(byteLength);
  const pageBytes = byteLength / series.pages.length;
  let start = 0;
  for (const page of series.pages) {
    const place = target.subarray(start, start + pageBytes);
    if (page === undefined) place.fill(0);
    else await decodePage(file, page, place);
    start += pageBytes;
  }
  return target;
}

/** Memory that is not cleared first: every byte of it is written, or the read fails. */
function allocate(byteLength: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(byteLength);
  return new Uint8Array(buffer);
}

function describeEncoding(file: TiffFile, series: TiffSeries): string {
  const page = series.pages.find((candidate) => candidate !== undefined);
  if (page === undefined) return 'no pages';
  const grid = gridOf(page);
  const segments = grid.columns * grid.rows * grid.planes;
  const kind = page.tiled ? `tiles of ${page.segmentWidth}x${page.segmentHeight}` : 'strips';
  const parts = [page.compression === COMPRESSION.none ? 'uncompressed' : compressionName(page.compression)];
  if (page.predictor !== 1) parts.push(`predictor ${page.predictor}`);
  parts.push(segments === 1 && !page.tiled ? '1 strip' : `${segments} ${kind}`);
  if (series.pages.length > 1) parts.push(`${series.pages.length} pages`);
  if (page.planar) parts.push('planar');
  if (grid.packed) parts.push(`${page.bits}-bit`);
  parts.push(file.format.littleEndian ? 'little-endian' : 'big-endian');
  if (file.format.big) parts.push('BigTIFF');
  return parts.join(', ');
}
