import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { ZipReader } from '../images/archive/zip-reader.js';
import type { Raster } from '../images/raster.js';
import { readImage } from '../images/read.js';
import { convertTo } from '../images/dtype.js';
import { ndArray, type LabelArray } from '../processing/array/nd-array.js';

/** A file that a job has made. */
export interface ResultFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of an image file. @throws {KioskError} `KC_IMAGE_UNREADABLE` if it is none */
  image(): Promise<Raster>;
  /** Of an image file with one plane: its pixels as labels, shape (rows, columns). */
  labels(): Promise<LabelArray>;
}

const LIMITS = { maxEntries: 100_000, maxEntryBytes: 2 ** 31, maxTotalBytes: 2 ** 32 };

/** The entries of an archive in the bucket, or the one object; none if there is no key. */
export async function readResults(bucket: string, key: string | undefined): Promise<Map<string, ResultFile>> {
  const files = new Map<string, ResultFile>();
  if (key === undefined || key === '') return files;
  const path = join(bucket, key);
  if (extname(key).toLowerCase() !== '.zip') {
    const name = basename(key);
    return files.set(name, resultFile(name, await readFile(path)));
  }
  const archive = await ZipReader.open(path, LIMITS);
  try {
    for (const name of archive.names) files.set(name, resultFile(name, await archive.read(name)));
  } finally {
    archive.close();
  }
  return files;
}

function resultFile(name: string, bytes: Uint8Array): ResultFile {
  const image = () => imageOf(name, bytes);
  return { name, bytes, image, labels: async () => labelsOf(await image()) };
}

async function imageOf(name: string, bytes: Uint8Array): Promise<Raster> {
  const folder = await mkdtemp(join(tmpdir(), 'kiosk-result-'));
  try {
    const file = join(folder, basename(name));
    await writeFile(file, bytes);
    return await readImage(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function labelsOf({ data, shape, axes }: Raster): LabelArray {
  const plane = [shape[axes.indexOf('Y')]!, shape[axes.indexOf('X')]!];
  return ndArray(convertTo('int32', data) as Int32Array, plane);
}
