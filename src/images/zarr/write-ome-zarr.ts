import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FloatArray, LabelArray, NdArray } from '../../processing/array/nd-array.js';
import type { PixelSize } from '../tiff/pixel-size.js';
import { halveByChoice, halveByMean } from './halve.js';
import { IMAGE_LABEL, multiscales, omero, type ChannelLook } from './ngff-metadata.js';
import { CHUNK_SIDE, writeArrayMetadata, writeJson, writePlane, type ZarrDType } from './write-array.js';

export interface OmeZarr {
  /** For people. */
  readonly name: string;
  /** (rows, columns, channels) */
  readonly image: FloatArray;
  /** How the intensities are stored. */
  readonly dtype: Exclude<ZarrDType, 'int32'>;
  readonly channels: readonly ChannelLook[];
  /** Label images by name, each (rows, columns). */
  readonly labels: ReadonlyMap<string, LabelArray>;
  readonly pixelSize: PixelSize | undefined;
}

/**
 * Writes an image with its label images as OME-Zarr: NGFF 0.4 in Zarr format 2, axes c, y, x, resolutions halved until
 * one chunk holds them, label images under `labels/NAME`. The same input gives the same bytes.
 *
 * Written by ourselves, since `zarrita`, which reads for us, writes format 3 only. Holds one channel and its half at a time.
 *
 * @param folder of the store; made
 * @throws {KioskError} KC_STORAGE_FULL
 */
export async function writeOmeZarr(folder: string, { name, image, labels, ...facts }: OmeZarr): Promise<void> {
  const { dtype, pixelSize, channels } = facts;
  const [rows, columns, count] = image.shape as [number, number, number];
  const levels = levelsOf(rows, columns);
  await writeGroup(folder, {
    ...multiscales({ name, levels, pixelSize, method: 'mean' }),
    ...omero(name, channels),
  });
  await writePyramid(folder, { planes: count, dtype, levels, halve: halveByMean }, (index) => channelOf(image, index));
  await writeGroup(join(folder, 'labels'), { labels: [...labels.keys()] });
  for (const [label, array] of labels) {
    const group = join(folder, 'labels', label);
    await writeGroup(group, { ...multiscales({ name: label, levels, pixelSize, method: 'nearest' }), ...IMAGE_LABEL });
    await writePyramid(group, { planes: 1, dtype: 'int32', levels, halve: halveByChoice }, () => array);
  }
}

function levelsOf(rows: number, columns: number): number {
  let levels = 1;
  for (let side = Math.max(rows, columns); side > CHUNK_SIDE; side = Math.ceil(side / 2)) levels += 1;
  return levels;
}

interface Pyramid<T extends Float32Array | Int32Array> {
  readonly planes: number;
  readonly dtype: ZarrDType;
  readonly levels: number;
  readonly halve: (plane: NdArray<T>) => NdArray<T>;
}

/** All resolutions of all planes, as arrays `0`, `1` … of a group. */
async function writePyramid<T extends Float32Array | Int32Array>(
  group: string,
  { planes, dtype, levels, halve }: Pyramid<T>,
  planeAt: (index: number) => NdArray<T>,
): Promise<void> {
  for (let index = 0; index < planes; index += 1) {
    let plane = planeAt(index);
    for (let level = 0; level < levels; level += 1) {
      const folder = join(group, String(level));
      if (level > 0) plane = halve(plane);
      const [rows, columns] = plane.shape as [number, number];
      if (index === 0) await writeArrayMetadata(folder, { shape: [planes, rows, columns], dtype });
      await writePlane(folder, index, plane, dtype);
    }
  }
}

async function writeGroup(folder: string, attributes: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, '.zgroup'), { zarr_format: 2 });
  await writeJson(join(folder, '.zattrs'), attributes);
}

function channelOf({ shape, data }: FloatArray, channel: number): FloatArray {
  const [rows, columns, channels] = shape as [number, number, number];
  if (channels === 1) return { shape: [rows, columns], data };
  const plane = new Float32Array(rows * columns);
  for (let pixel = 0; pixel < plane.length; pixel += 1) plane[pixel] = data[pixel * channels + channel]!;
  return { shape: [rows, columns], data: plane };
}
