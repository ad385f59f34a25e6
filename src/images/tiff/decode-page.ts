import { KioskError } from '../../errors/kiosk-error.js';
import { viewAs } from '../dtype.js';
import { unreadable, unsupported } from '../image-error.js';
import { HOST_IS_LITTLE_ENDIAN, reverseBits, swapBytes } from './byte-order.js';
import { openCodec, type SegmentDecoder } from './codecs/codec.js';
import type { TiffPage } from './page.js';
import { isFloat, undoDifferencing, undoFloatPredictor } from './predictor.js';
import type { TiffFile } from './read-directory.js';
import { SegmentReader } from './segment-reader.js';
import { contiguousStart, gridOf, readSegmentTable, rowsOf, type SegmentGrid } from './segment-table.js';
import { COMPRESSION, PHOTOMETRIC } from './tags.js';
import { unpackBits } from './unpack-bits.js';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Decodes all strips or tiles of a page.
 *
 * @param target receives the page, all of it: elements in the page's axes order, C order, host byte order; zeros where
 *   a segment was never written
 * @throws {KioskError} KC_IMAGE_UNSUPPORTED for compressions, predictors and colour subsampling that are not read;
 *   KC_IMAGE_UNREADABLE, naming the segment, where the data do not give the pixels the header promises
 */
export async function decodePage(file: TiffFile, page: TiffPage, target: Bytes): Promise<void> {
  refuseUnread(file.source.name, page);
  const grid = gridOf(page);
  const table = readSegmentTable(file, page, grid);
  const start = contiguousStart(page, grid, table);
  if (start !== undefined) {
    file.source.readInto(start, target);
    if (file.format.littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(target, grid.elementBytes);
    return;
  }
  if (table.lengths.includes(0)) target.fill(0);
  const decoder = page.compression === COMPRESSION.none ? copyRaw : await openCodec(file, page);
  const reader = new SegmentReader(file.source, table.offsets, table.lengths);
  const needsScratch = page.tiled || grid.packed;
  const scratch = new Uint8Array(needsScratch ? grid.rowBytes * page.segmentHeight : 0);
  for (let index = 0; index < table.lengths.length; index += 1) {
    if (table.lengths[index] === 0) continue;
    const rows = rowsOf(page, grid, index);
    const bytes = needsScratch ? scratch.subarray(0, rows * grid.rowBytes) : stripPlace(page, grid, target, index);
    const decoding = decodeSegment(file, page, index, reader.read(index), bytes, decoder);
    // Most decoders are synchronous; waiting on them all the same would cost a turn of the queue per strip.
    if (decoding !== undefined) await decoding;
    finishSamples(bytes, page, grid, file.format.littleEndian);
    if (page.tiled) placeTile(bytes, page, grid, target, index);
    else if (grid.packed) unpack(bytes, page, grid, stripPlace(page, grid, target, index));
  }
}

/** @throws {KioskError} KC_IMAGE_UNSUPPORTED, before anything is decoded */
export function refuseUnread(file: string, page: TiffPage): void {
  if (page.photometric === PHOTOMETRIC.ycbcr && page.compression !== COMPRESSION.jpeg) {
    throw unsupported(file, 'stores its colours as YCbCr without JPEG', 'save it as RGB');
  }
  const { predictor } = page;
  const known = predictor === 1 || (predictor === 2 && page.bits % 8 === 0) || (predictor === 3 && isFloat(page.dtype));
  if (!known) {
    throw unsupported(file, `uses predictor ${predictor} on ${page.bits}-bit samples`, 'save it without a predictor');
  }
}

function decodeSegment(
  file: TiffFile,
  page: TiffPage,
  index: number,
  stored: Uint8Array,
  target: Bytes,
  decoder: SegmentDecoder,
): Promise<void> | undefined {
  const { name: fileName } = file.source;
  const name = `${page.tiled ? 'tile' : 'strip'} ${index}`;
  const check = (written: number): void => {
    if (written === target.length) return;
    throw unreadable(fileName, `${name} holds ${written} bytes of pixels instead of ${target.length}; it is damaged`);
  };
  const fail = (error: unknown): never => {
    if (error instanceof KioskError) throw error;
    throw unreadable(fileName, `${name} cannot be decompressed (${(error as Error).message})`, error);
  };
  try {
    const result = decoder(inBitOrder(page, stored), target);
    if (typeof result !== 'number') return result.then(check, fail);
    check(result);
  } catch (error) {
    fail(error);
  }
  return undefined;
}

function copyRaw(bytes: Uint8Array, target: Bytes): number {
  target.set(bytes);
  return bytes.length;
}

function inBitOrder(page: TiffPage, stored: Uint8Array): Uint8Array {
  if (page.fillOrder !== 2 || page.compression === COMPRESSION.jpeg) return stored;
  const bytes = stored.slice();
  reverseBits(bytes);
  return bytes;
}

/** From bytes as stored to samples in host order with predictors undone; packed samples are left as they are. */
function finishSamples(bytes: Bytes, page: TiffPage, grid: SegmentGrid, littleEndian: boolean): void {
  if (grid.packed || page.compression === COMPRESSION.jpeg) return;
  if (page.predictor === 3) {
    bytes.set(undoFloatPredictor(bytes, grid.elementBytes, page.segmentWidth, grid.stride));
    if (!HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, grid.elementBytes);
    return;
  }
  if (littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, grid.elementBytes);
  if (page.predictor === 2) undoDifferencing(bytes, grid.elementBytes, page.segmentWidth, grid.stride);
}

/** Where a strip's rows stand in the page. */
function stripPlace(page: TiffPage, grid: SegmentGrid, target: Bytes, index: number): Bytes {
  const rowBytes = page.width * grid.stride * grid.elementBytes;
  const plane = Math.floor(index / grid.rows);
  const start = (plane * page.height + (index % grid.rows) * page.segmentHeight) * rowBytes;
  return target.subarray(start, start + rowsOf(page, grid, index) * rowBytes);
}

/** Copies the part of a tile that lies within the image. */
function placeTile(tile: Bytes, page: TiffPage, grid: SegmentGrid, target: Bytes, index: number): void {
  const perPlane = grid.columns * grid.rows;
  const plane = Math.floor(index / perPlane);
  const top = Math.floor((index % perPlane) / grid.columns) * page.segmentHeight;
  const left = (index % grid.columns) * page.segmentWidth;
  const pixelBytes = grid.stride * grid.elementBytes;
  let samples = tile;
  if (grid.packed) {
    samples = new Uint8Array(page.segmentWidth * page.segmentHeight * pixelBytes);
    unpack(tile, page, grid, samples);
  }
  const width = Math.min(page.segmentWidth, page.width - left) * pixelBytes;
  const height = Math.min(page.segmentHeight, page.height - top);
  for (let row = 0; row < height; row += 1) {
    const from = row * page.segmentWidth * pixelBytes;
    const to = ((plane * page.height + top + row) * page.width + left) * pixelBytes;
    target.set(samples.subarray(from, from + width), to);
  }
}

function unpack(bytes: Bytes, page: TiffPage, grid: SegmentGrid, target: Bytes): void {
  const elements = viewAs(page.dtype, target) as Uint8Array | Uint16Array | Uint32Array;
  unpackBits(bytes, page.bits, page.segmentWidth * grid.stride, elements);
}
