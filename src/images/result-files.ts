import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';
import type { FloatArray } from '../processing/array/nd-array.js';
import { regionProps } from '../processing/measure/region-props.js';
import { readLabelPlanes, type LabelPlane } from './archive/label-planes.js';
import { cellTableCsv } from './cell-table.js';
import { writeFailed } from './image-error.js';
import { writeOverlay } from './overlay.js';
import type { ImageLimits } from './raster.js';
import { readImage } from './read.js';
import { toImage } from './select.js';
import { writeTiff } from './tiff/write.js';

export interface ResultFilesRequest {
  /** Path of the image that was processed. */
  readonly image: string;
  /** Path of the zip archive with its results. */
  readonly archive: string;
  /** Where the files go; made if absent. Files of the same names are replaced. */
  readonly folder: string;
  /** First part of their names; a base name, no path. */
  readonly name: string;
  /** How the job read the image: the field `dimension_order` of its hash. Undefined: as the file says. */
  readonly dimensionOrder?: string | undefined;
  /** The channels to measure and show, as the field `channels` of its hash: `0,,2`. Undefined: all. */
  readonly channels?: string | undefined;
  readonly limits: ImageLimits;
}

export interface ResultFiles {
  /** Objects in all label images together. */
  readonly cells: number;
  /** Paths of what was written. */
  readonly files: readonly string[];
  /** Why nothing, or less than the archive seems to hold, was written. */
  readonly note?: string;
}

/**
 * Turns a result archive into files for people: `NAME_labels.tif` (int32 labels), `NAME_cells.csv` (one row a cell) and
 * `NAME_overlay.png` (outlines over the image).
 *
 * Where an archive holds several features or batch items there are three files for each, with the numbers of those that
 * differ in their names: `NAME_feature_1_labels.tif`, `NAME_batch_0_cells.csv`, `NAME_batch_0_feature_1_overlay.png`.
 * A result without label images, as other plugins make them, gives no files and a `note`. All files appear together
 * at the end, each whole.
 *
 * Reads and computes synchronously for long: run it in a thread (`kernels/result-files.js`).
 *
 * @throws {KioskError} KC_IMAGE_* if archive or image cannot be read or do not fit together, KC_STORAGE_FULL
 */
export async function writeResultFiles(request: ResultFilesRequest): Promise<ResultFiles> {
  const { folder, name, limits } = request;
  if (name !== basename(name) || name === '' || name === '.' || name === '..') {
    throw new KioskError('KC_INTERNAL', `Result files cannot be named "${name}": a base name is needed.`);
  }
  await mkdir(folder, { recursive: true });
  // Beside the results, so that they can be renamed into place.
  const workspace = await mkdtemp(join(folder, '.kiosk-'));
  try {
    const { planes, note } = await readLabelPlanes(request.archive, workspace, limits);
    const shown = planes.length > 0 ? await readIntensities(request) : undefined;
    const ready: { readonly from: string; readonly to: string }[] = [];
    let cells = 0;
    for (const plane of planes) {
      const stem = `${name}${numbersOf(plane, planes)}`;
      const intensity = intensityOf(plane, shown!.images, request);
      const written = await writePlane(plane, intensity, workspace, { stem, kind: shown!.kind });
      cells += written.cells;
      for (const file of written.files) ready.push({ from: join(workspace, file), to: join(folder, file) });
    }
    for (const { from, to } of ready) await rename(from, to);
    return { cells, files: ready.map(({ to }) => to), ...(note === undefined ? {} : { note }) };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** The image as measured and shown: (batch, rows, columns, channels), and whether the channels are those of a photograph. */
async function readIntensities({ image, limits, dimensionOrder, channels }: ResultFilesRequest) {
  const raster = await readImage(image, { limits });
  const { images } = toImage(raster, {
    ...(dimensionOrder === undefined ? {} : { dimensionOrder }),
    ...(channels === undefined ? {} : { channels: channelIndices(channels) }),
  });
  const kind: 'rgb' | 'fluorescence' = raster.axes.endsWith('S') && images.shape[3] === 3 ? 'rgb' : 'fluorescence';
  return { images, kind };
}

/** `0,,2` is 0 and 2: a position left empty stands for a channel that the job did without. */
function channelIndices(channels: string): number[] {
  const parts = channels.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map(Number);
}

/** What tells this plane from the others of the archive: nothing if it is the only one. */
function numbersOf({ batch, feature }: LabelPlane, planes: readonly LabelPlane[]): string {
  const batches = planes.some((other) => other.batch !== batch) ? `_batch_${batch}` : '';
  const features = planes.some((other) => other.feature !== feature) ? `_feature_${feature}` : '';
  return `${batches}${features}`;
}

/** The batch item of the image that a plane belongs to, as (rows, columns, channels). */
function intensityOf(
  { batch, labels }: LabelPlane,
  images: FloatArray,
  { archive, image }: ResultFilesRequest,
): FloatArray {
  const [items, rows, columns, channels] = images.shape as [number, number, number, number];
  if (batch >= items || labels.shape[0] !== rows || labels.shape[1] !== columns) {
    throw new KioskError(
      'KC_IMAGE_SHAPE',
      `${basename(archive)} holds labels of ${labels.shape.join(' × ')} pixels for batch item ${batch}; ` +
        `${basename(image)} has ${items} of ${rows} × ${columns}.`,
      { hint: 'Give the image that the archive was made from, with the same dimension order.' },
    );
  }
  const size = rows * columns * channels;
  return { shape: [rows, columns, channels], data: images.data.subarray(batch * size, (batch + 1) * size) };
}

async function writePlane(
  { labels }: LabelPlane,
  intensity: FloatArray,
  folder: string,
  { stem, kind }: { readonly stem: string; readonly kind: 'rgb' | 'fluorescence' },
) {
  const files = { labels: `${stem}_labels.tif`, cells: `${stem}_cells.csv`, overlay: `${stem}_overlay.png` };
  const cells = regionProps(labels, intensity);
  const table = join(folder, files.cells);
  await writeTiff(join(folder, files.labels), labels);
  await writeFile(table, cellTableCsv(cells, intensity.shape[2])).catch((error: unknown) => {
    throw writeFailed(files.cells, error);
  });
  await writeOverlay(join(folder, files.overlay), intensity, labels, { channels: kind });
  return { cells: cells.length, files: Object.values(files) };
}
