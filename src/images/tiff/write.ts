import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { NdArray } from '../../processing/array/nd-array.js';
import { bytesOf, bytesPerElement, convertTo } from '../dtype.js';
import { writeFailed } from '../image-error.js';
import { HOST_IS_LITTLE_ENDIAN, swapBytes } from './byte-order.js';
import { COMPRESSION, PHOTOMETRIC, TAG } from './tags.js';
import { directoryBytes, encodeDirectory, encodeHeader, headerBytes, type OutputField } from './write-directory.js';
import { planTiff, type WritePlan, type WriteTiffOptions } from './write-options.js';

export type { WriteTiffOptions } from './write-options.js';

const SOFTWARE = 'kiosk-consumer';

const WRITE_BYTES = 256 * 1024;

const UNIT_NONE = 1;
const UNIT_CENTIMETRE = 3;

/**
 * Encodes an array as a little-endian TIFF: leading axes become pages, strips are compressed one by one, no predictor.
 * tifffile reads back the shape, libtiff and ImageJ the pages.
 *
 * @param array (…, rows, columns), or (…, rows, columns, samples) with axes ending in YXS
 * @throws {RangeError} if it cannot be written as one TIFF
 */
export function encodeTiff(array: NdArray, options: WriteTiffOptions = {}): Uint8Array {
  return Buffer.concat([...tiffChunks(planTiff(array, options))]);
}

/**
 * Writes what {@link encodeTiff} gives to a file, holding one page's compressed strips at a time.
 *
 * @throws {KioskError} KC_STORAGE_FULL if the disk is full; a file that could not be finished is removed
 */
export async function writeTiff(file: string, array: NdArray, options: WriteTiffOptions = {}): Promise<void> {
  const plan = planTiff(array, options);
  try {
    const handle = await open(file, 'w');
    try {
      for (const part of joinSmall(tiffChunks(plan))) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(file, { force: true });
    throw writeFailed(basename(file), error);
  }
}

/** The same bytes in parts of at least WRITE_BYTES but for the last: each write costs a change of threads. */
function* joinSmall(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < WRITE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** The file from front to back. Each page is its directory, then its strips. */
function* tiffChunks(plan: WritePlan): Generator<Uint8Array> {
  let position = headerBytes(plan.big);
  yield encodeHeader(plan.big);
  for (let page = 0; page < plan.pages; page += 1) {
    const strips = encodeStrips(plan, page);
    const lengths = strips.map((strip) => strip.length);
    const size = directoryBytes(fieldsOf(plan, page, lengths, lengths), plan.big);
    let end = position + size;
    const offsets = lengths.map((length) => (end += length) - length);
    const padding = (8 - (end % 8)) % 8;
    const next = page + 1 < plan.pages ? end + padding : 0;
    yield encodeDirectory(fieldsOf(plan, page, offsets, lengths), position, next, plan.big);
    yield* strips;
    yield new Uint8Array(padding);
    position = end + padding;
  }
}

function encodeStrips(plan: WritePlan, page: number): Uint8Array[] {
  const rowItems = plan.columns * plan.samples;
  const strips: Uint8Array[] = [];
  for (let row = 0; row < plan.rows; row += plan.rowsPerStrip) {
    const rows = Math.min(plan.rowsPerStrip, plan.rows - row);
    const first = (page * plan.rows + row) * rowItems;
    const part = convertTo(plan.dtype, plan.data.subarray(first, first + rows * rowItems));
    let bytes = bytesOf(part);
    if (!HOST_IS_LITTLE_ENDIAN) {
      bytes = bytes.slice();
      swapBytes(bytes, bytesPerElement(plan.dtype));
    }
    strips.push(plan.level === 0 ? bytes : deflateSync(bytes, { level: plan.level }));
  }
  return strips;
}

/** The tags of a page in ascending order. */
function fieldsOf(
  plan: WritePlan,
  page: number,
  offsets: readonly number[],
  lengths: readonly number[],
): OutputField[] {
  const { samples } = plan;
  const bits = bytesPerElement(plan.dtype) * 8;
  const colour = (samples === 3 || samples === 4) && (plan.dtype === 'uint8' || plan.dtype === 'uint16');
  const extra = samples - (colour ? 3 : 1);
  return [
    long(TAG.subfileType, plan.pages > 1 ? 2 : 0),
    long(TAG.imageWidth, plan.columns),
    long(TAG.imageLength, plan.rows),
    short(TAG.bitsPerSample, ...Array.from<number>({ length: samples }).fill(bits)),
    short(TAG.compression, plan.level === 0 ? COMPRESSION.none : COMPRESSION.deflate),
    short(TAG.photometric, colour ? PHOTOMETRIC.rgb : PHOTOMETRIC.minIsBlack),
    ...(page === 0 && plan.description !== '' ? [text(TAG.imageDescription, plan.description)] : []),
    { tag: TAG.stripOffsets, type: 'offset', values: offsets },
    short(TAG.samplesPerPixel, samples),
    long(TAG.rowsPerStrip, plan.rowsPerStrip),
    { tag: TAG.stripByteCounts, type: 'offset', values: lengths },
    resolution(TAG.xResolution, plan.pixelSize?.x),
    resolution(TAG.yResolution, plan.pixelSize?.y),
    short(TAG.planarConfiguration, 1),
    short(TAG.resolutionUnit, plan.pixelSize === undefined ? UNIT_NONE : UNIT_CENTIMETRE),
    text(TAG.software, SOFTWARE),
    // Opacity for the fourth sample of a colour image; any other further sample is a channel of no stated meaning.
    ...(extra > 0 ? [short(TAG.extraSamples, ...Array.from<number>({ length: extra }).fill(colour ? 2 : 0))] : []),
    short(TAG.sampleFormat, ...Array.from<number>({ length: samples }).fill(sampleFormat(plan))),
  ];
}

function sampleFormat({ dtype }: WritePlan): number {
  if (dtype.startsWith('float')) return 3;
  return dtype.startsWith('int') ? 2 : 1;
}

/** Pixels per centimetre as a fraction, as fine as 32 bits allow; 1 where no size is known. */
function resolution(tag: number, microns: number | undefined): OutputField {
  if (microns === undefined) return { tag, type: 'rational', values: [1, 1] };
  const perCentimetre = 1e4 / microns;
  const denominator = 10 ** Math.max(0, Math.min(6, Math.floor(9 - Math.log10(perCentimetre))));
  return { tag, type: 'rational', values: [Math.round(perCentimetre * denominator), denominator] };
}

function short(tag: number, ...values: number[]): OutputField {
  return { tag, type: 'short', values };
}

function long(tag: number, ...values: number[]): OutputField {
  return { tag, type: 'long', values };
}

function text(tag: number, value: string): OutputField {
  return { tag, type: 'ascii', values: Buffer.from(`${value}\0`) };
}
