import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { FloatArray, LabelArray } from '../../processing/array/nd-array.js';
import { regionProps } from '../../processing/measure/region-props.js';
import { zipBuffers } from '../archive/zip-buffers.js';
import { cellTableCsv } from '../cell-table.js';
import { writeFailed } from '../image-error.js';
import { writeOverlay } from '../overlay.js';
import type { PixelSize } from '../tiff/pixel-size.js';
import { omeXml } from '../tiff/write-ome-xml.js';
import { writeTiff } from '../tiff/write.js';
import { encodeRoi } from './imagej-roi.js';
import { outlinesGeoJson } from './outlines-geojson.js';
import type { OutputName } from './output-names.js';
import { traceOutlines } from './trace-outlines.js';

/** One label image, and the image that it is laid over. */
export interface PlaneSource {
  /** int32 (rows, columns) */
  readonly labels: LabelArray;
  /** (rows, columns, channels): those that the job used. */
  readonly used: FloatArray;
  /** (rows, columns, channels): all of the file; the same array as `used` if the job used all. */
  readonly all: FloatArray;
  readonly kind: 'rgb' | 'fluorescence';
  readonly pixelSize: PixelSize | undefined;
}

/** Features are written to a file in parts of this many characters. */
const PART_LENGTH = 256 * 1024;

/**
 * Writes the outputs that are made of one label image alone: labels, table, overlay, outlines, rois.
 *
 * @param stem first part of the names: `cells` gives `cells_labels.tif`
 * @returns names of the files, and how many cells there are
 * @throws {KioskError} KC_STORAGE_FULL
 */
export async function writePlaneOutputs(
  { labels, used, all, kind, pixelSize }: PlaneSource,
  {
    folder,
    stem,
    outputs,
  }: { readonly folder: string; readonly stem: string; readonly outputs: readonly OutputName[] },
): Promise<{ readonly files: string[]; readonly cells: number }> {
  const files: string[] = [];
  const fileFor = (name: string): string => {
    files.push(name);
    return join(folder, name);
  };
  const cells = regionProps(labels, used);
  const everywhere = all === used ? cells : regionProps(labels, all);
  if (outputs.includes('labels')) await writeLabels(fileFor(`${stem}_labels.tif`), stem, labels, pixelSize);
  if (outputs.includes('table')) {
    const name = `${stem}_cells.csv`;
    const further = everywhere === cells ? undefined : everywhere;
    await write(
      fileFor(name),
      name,
      cellTableCsv(cells, used.shape[2], further && { cells: further, count: all.shape[2]! }),
    );
  }
  if (outputs.includes('overlay')) {
    await writeOverlay(fileFor(`${stem}_overlay.png`), used, labels, { channels: kind });
  }
  if (outputs.includes('outlines') || outputs.includes('rois')) {
    const outlines = traceOutlines(labels);
    if (outputs.includes('outlines')) {
      const name = `${stem}_outlines.geojson`;
      await writeParts(fileFor(name), name, outlinesGeoJson(outlines, everywhere, { pixelSize }));
    }
    if (outputs.includes('rois')) {
      const entries = outlines.map((outline) => ({ name: `${outline.label}.roi`, bytes: encodeRoi(outline) }));
      await zipBuffers(entries, fileFor(`${stem}_RoiSet.zip`));
    }
  }
  return { files, cells: cells.length };
}

async function writeLabels(file: string, name: string, labels: LabelArray, pixelSize: PixelSize | undefined) {
  const [rows, columns] = labels.shape as [number, number];
  const description = omeXml({ name, rows, columns, dtype: 'int32', pixelSize });
  await writeTiff(file, labels, { description, ...(pixelSize === undefined ? {} : { pixelSize }) });
}

async function write(file: string, name: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw writeFailed(name, error);
  });
}

/** Writes text in parts, so that a large one is never whole in memory. */
async function writeParts(file: string, name: string, parts: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file);
  const end = finished(stream);
  // Awaited below; a failure in between must not count as one that nobody met.
  end.catch(() => undefined);
  try {
    let waiting = '';
    for (const part of parts) {
      waiting += part;
      if (waiting.length < PART_LENGTH) continue;
      if (!stream.write(waiting)) await Promise.race([once(stream, 'drain'), end]);
      waiting = '';
    }
    stream.end(waiting);
    await end;
  } catch (error) {
    stream.destroy();
    throw writeFailed(name, error);
  }
}
