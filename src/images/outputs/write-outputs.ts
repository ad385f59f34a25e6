import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FloatArray, LabelArray } from '../../processing/array/nd-array.js';
import type { LabelPlane } from '../archive/label-planes.js';
import { writeFailed } from '../image-error.js';
import { channelColours, stretchOf } from '../picture.js';
import type { ChannelLook } from '../zarr/ngff-metadata.js';
import { writeOmeZarr } from '../zarr/write-ome-zarr.js';
import type { OutputName } from './output-names.js';
import { itemOf, readIntensities, type ImageSource, type Intensities } from './read-intensities.js';
import { writePlaneOutputs } from './write-plane-outputs.js';

export interface OutputsRequest extends ImageSource {
  /** First part of the names of the files; a base name, no path. */
  readonly name: string;
  readonly outputs: readonly OutputName[];
}

/**
 * Writes the outputs asked for of the label images of one image into a folder, `provenance` excepted.
 *
 * With several features or batch items there is one of each output for each, the numbers of those that differ in the
 * names: `NAME_feature_1_labels.tif`, `NAME_batch_0_cells.csv`. An OME-Zarr holds all features of one batch item.
 *
 * @returns names of the files and folders made, and how many cells there are in all label images together
 * @throws {KioskError} KC_IMAGE_* if the image cannot be read or does not fit the labels, KC_STORAGE_FULL
 */
export async function writeOutputs(
  planes: readonly LabelPlane[],
  request: OutputsRequest,
  folder: string,
): Promise<{ readonly files: readonly string[]; readonly cells: number }> {
  if (planes.length === 0) return { files: [], cells: 0 };
  const intensities = await readIntensities(request);
  const { kind, pixelSize } = intensities;
  const files: string[] = [];
  let cells = 0;
  for (const plane of planes) {
    const { labels, batch } = plane;
    const used = itemOf(intensities.used, batch, labels.shape, request);
    const all = intensities.all === intensities.used ? used : itemOf(intensities.all, batch, labels.shape, request);
    const target = { folder, stem: `${request.name}${numbersOf(plane, planes)}`, outputs: request.outputs };
    const written = await writePlaneOutputs({ labels, used, all, kind, pixelSize }, target);
    files.push(...written.files);
    cells += written.cells;
  }
  if (request.outputs.includes('zarr')) {
    for (const batch of new Set(planes.map((plane) => plane.batch))) {
      files.push(await writeStore(batch, planes, intensities, request, folder));
    }
  }
  return { files, cells };
}

/** Writes a JSON document for people, indented. */
export async function writeDocument(folder: string, name: string, document: unknown): Promise<void> {
  await writeFile(join(folder, name), `${JSON.stringify(document, undefined, 2)}\n`).catch((error: unknown) => {
    throw writeFailed(name, error);
  });
}

/** The image of one batch item with all its label images, as `NAME_cells.ome.zarr`: `NAME.ome.zarr` may be the input. */
async function writeStore(
  batch: number,
  planes: readonly LabelPlane[],
  { all, kind, dtype, pixelSize }: Intensities,
  request: OutputsRequest,
  folder: string,
): Promise<string> {
  const own = planes.filter((plane) => plane.batch === batch);
  const stem = planes.length === own.length ? request.name : `${request.name}_batch_${batch}`;
  const image = itemOf(all, batch, own[0]!.labels.shape, request);
  const labels = new Map<string, LabelArray>();
  for (const plane of own) labels.set(own.length === 1 ? 'cells' : `feature_${plane.feature}`, plane.labels);
  const store = `${stem}_cells.ome.zarr`;
  await writeOmeZarr(join(folder, store), {
    name: stem,
    image,
    dtype: storedAs(dtype),
    channels: channelLooks(image, kind),
    labels,
    pixelSize,
  });
  return store;
}

/** Small whole numbers as they were; the others have become float32 when the image was read. */
function storedAs(dtype: Intensities['dtype']) {
  return dtype === 'uint8' || dtype === 'int8' || dtype === 'uint16' || dtype === 'int16' ? dtype : 'float32';
}

function channelLooks({ shape, data }: FloatArray, kind: Intensities['kind']): ChannelLook[] {
  const [rows, columns, channels] = shape as [number, number, number];
  return channelColours(channels, kind).map((colour, channel) => ({
    label: `Channel ${channel}`,
    colour,
    window: stretchOf(data, rows * columns, channels, channel),
    range: rangeOf(data, channels, channel),
  }));
}

/** Least and greatest number of a channel; 0 and 0 if there is none. */
function rangeOf(data: Float32Array, channels: number, channel: number): [min: number, max: number] {
  let [min, max] = [Infinity, -Infinity];
  for (let at = channel; at < data.length; at += channels) {
    const value = data[at]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? [0, 0] : [min, max];
}

/** What tells this plane from the others of the image: nothing if it is the only one. */
function numbersOf({ batch, feature }: LabelPlane, planes: readonly LabelPlane[]): string {
  const batches = planes.some((other) => other.batch !== batch) ? `_batch_${batch}` : '';
  const features = planes.some((other) => other.feature !== feature) ? `_feature_${feature}` : '';
  return `${batches}${features}`;
}
