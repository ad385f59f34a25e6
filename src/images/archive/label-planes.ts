import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LabelArray, TypedArray } from '../../processing/array/nd-array.js';
import { sizeOf } from '../../processing/array/nd-array.js';
import { unreadable } from '../image-error.js';
import { readImage } from '../read.js';
import type { ImageLimits, Raster } from '../raster.js';
import { extractEntries, type ExtractedEntry } from './zip-extract.js';

/** One label image out of a result archive. */
export interface LabelPlane {
  readonly batch: number;
  readonly feature: number;
  /** int32 (rows, columns), 0 background. */
  readonly labels: LabelArray;
}

export interface LabelPlanes {
  readonly planes: readonly LabelPlane[];
  /** Why there are none, or fewer than files of this name. */
  readonly note?: string;
}

/** `<stem>_feature_<c>.tif` or `<stem>_batch_<b>_feature_<c>.tif`, as the Kiosk's image consumers name them. */
const LABEL_ENTRY = /^(?<stem>.*?)(?:_batch_(?<batch>\d{1,5}))?_feature_(?<feature>\d{1,5})\.tiff?$/iu;
/** A folder that macOS adds to archives; never holds results. */
const MACOS_FOLDER = '__MACOSX';
/** Result archives hold a few files for each image; those of a batch of images, a few thousand. */
const MAX_ENTRIES = 20_000;
/** What a TIFF needs beside its pixels, generously. */
const TIFF_OVERHEAD_BYTES = 2 ** 20;
const GREATEST_LABEL = 2 ** 31 - 1;

/**
 * Reads the label images of one image out of a result archive, sorted by feature, then batch. A file of shape
 * (batch, rows, columns) gives one plane for each batch item. Files that hold no whole numbers from 0 (probabilities,
 * say) are left out, and an archive of results of several images gives none; `note` says so.
 *
 * @param folder where entries are unpacked to; the caller removes it
 * @throws {KioskError} KC_IMAGE_UNREADABLE for a damaged or hostile archive or label file, KC_IMAGE_TOO_LARGE
 */
export async function readLabelPlanes(archive: string, folder: string, limits: ImageLimits): Promise<LabelPlanes> {
  if (!(await isZip(archive))) return { planes: [], note: 'the result is not a zip archive' };
  const bytes = limits.maxBytes + TIFF_OVERHEAD_BYTES;
  const entries = await extractEntries(archive, folder, {
    wanted: (name) => LABEL_ENTRY.test(name) && !name.includes(MACOS_FOLDER),
    limits: { maxEntries: MAX_ENTRIES, maxEntryBytes: bytes, maxTotalBytes: 2 * bytes },
  });
  return await readLabelFiles(entries, limits, basename(archive));
}

/** A file with the name that it has, or is to have, in an archive. */
export type LabelFile = ExtractedEntry;

/**
 * The label images in files of a result archive, as {@link readLabelPlanes}; files of other names are passed over.
 * @param archive what they are called together in messages
 */
export async function readLabelFiles(
  files: readonly LabelFile[],
  limits: ImageLimits,
  archive = 'the result',
): Promise<LabelPlanes> {
  const parsed = files.filter(({ name }) => LABEL_ENTRY.test(name)).map(parseEntry);
  if (parsed.length === 0) return { planes: [], note: 'the archive holds no label images (*_feature_<c>.tif)' };
  const images = new Set(parsed.map(({ stem }) => stem));
  if (images.size > 1) return { planes: [], note: `the archive holds the results of ${images.size} images` };
  const planes: LabelPlane[] = [];
  const others: string[] = [];
  for (const entry of parsed) {
    const found = planesOf(entry, await readImage(entry.file, { limits }));
    if (found) planes.push(...found);
    else others.push(entry.name);
  }
  planes.sort((a, b) => a.feature - b.feature || a.batch - b.batch);
  checkDistinct(planes, archive);
  return others.length > 0
    ? { planes, note: `no label images, since not of whole numbers: ${others.join(', ')}` }
    : { planes };
}

/** Other plugins may have results of any kind; what begins like an archive is held to be one. */
export async function isZip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === 'PK';
  } finally {
    await handle.close();
  }
}

/** Names such as `a_feature_0.tif` and `a_batch_0_feature_0.tif` side by side would mean the same plane. */
function checkDistinct(sorted: readonly LabelPlane[], archive: string): void {
  const twice = sorted.find(
    (plane, i) => plane.feature === sorted[i - 1]?.feature && plane.batch === sorted[i - 1]?.batch,
  );
  if (twice) throw unreadable(archive, `holds the labels of batch item ${twice.batch}, feature ${twice.feature} twice`);
}

interface ParsedEntry extends ExtractedEntry {
  readonly stem: string;
  readonly batch: number;
  readonly feature: number;
}

function parseEntry({ name, file }: ExtractedEntry): ParsedEntry {
  const { stem = '', batch = '0', feature = '0' } = LABEL_ENTRY.exec(name)?.groups ?? {};
  return { name, file, stem, batch: Number(batch), feature: Number(feature) };
}

function planesOf(entry: ParsedEntry, raster: Raster): LabelPlane[] | undefined {
  const [rows, columns] = raster.shape.slice(-2) as [number, number];
  const labels = raster.axes.endsWith('YX') && raster.dtype !== 'float16' ? wholeNumbers(raster.data) : undefined;
  if (!labels) return undefined;
  const pixels = rows * columns;
  return Array.from({ length: sizeOf(raster.shape.slice(0, -2)) }, (_, item) => ({
    batch: entry.batch + item,
    feature: entry.feature,
    labels: { shape: [rows, columns], data: labels.slice(item * pixels, (item + 1) * pixels) },
  }));
}

/** The same numbers as int32; undefined if one of them is no label: negative, with a fraction, not a number, too large. */
function wholeNumbers(data: TypedArray): Int32Array | undefined {
  const labels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]!);
    if (!(value >= 0 && value <= GREATEST_LABEL && Number.isInteger(value))) return undefined;
    labels[i] = value;
  }
  return labels;
}
