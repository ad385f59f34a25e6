import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';
import { readLabelPlanes } from './archive/label-planes.js';
import { extractProvenance } from './outputs/extract-provenance.js';
import { DEFAULT_OUTPUTS, type OutputName } from './outputs/output-names.js';
import type { ImageSource } from './outputs/read-intensities.js';
import { writeOutputs } from './outputs/write-outputs.js';

export interface ResultFilesRequest extends ImageSource {
  /** Path of the zip archive with its results. */
  readonly archive: string;
  /** Where the files go; made if absent. Files of the same names are replaced. */
  readonly folder: string;
  /** First part of their names; a base name, no path. */
  readonly name: string;
  /** Default {@link DEFAULT_OUTPUTS}. */
  readonly outputs?: readonly OutputName[];
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
 * Turns a result archive into files for people: `NAME_labels.tif` (int32 labels), `NAME_cells.csv` (one row a cell),
 * `NAME_overlay.png` (outlines over the image), and whatever else `outputs` asks for; names as {@link writeOutputs} gives
 * them. `provenance` is what the consumer put into the archive.
 *
 * A result without label images, as other plugins make them, gives no files and a `note`. All files appear together at
 * the end, each whole.
 *
 * Reads and computes synchronously for long: run it in a thread (`kernels/result-files.js`).
 *
 * @throws {KioskError} KC_IMAGE_* if archive or image cannot be read or do not fit together, KC_STORAGE_FULL
 */
export async function writeResultFiles(request: ResultFilesRequest): Promise<ResultFiles> {
  const { folder, name, archive, limits, outputs = DEFAULT_OUTPUTS } = request;
  if (name !== basename(name) || name === '' || name === '.' || name === '..') {
    throw new KioskError('KC_INTERNAL', `Result files cannot be named "${name}": a base name is needed.`);
  }
  await mkdir(folder, { recursive: true });
  // Beside the results, so that they can be renamed into place.
  const workspace = await mkdtemp(join(folder, '.kiosk-'));
  try {
    const { planes, note } = TRACK_FILE.test(request.image)
      ? { planes: [], note: 'the input is no image but tracks; the archive holds what became of them' }
      : await readLabelPlanes(archive, workspace, limits);
    const { files, cells } = await writeOutputs(planes, { ...request, outputs }, workspace);
    const ready = [...files];
    const notes = note === undefined ? [] : [note];
    if (outputs.includes('provenance')) {
      const file = `${name}_provenance.json`;
      if (await extractProvenance(archive, { workspace, file, limits })) ready.push(file);
      else notes.push('the archive says nothing about where its results come from');
    }
    for (const [index, file] of ready.entries()) {
      await putInPlace(join(workspace, file), join(folder, file), join(workspace, `replaced-${index}`));
    }
    const paths = ready.map((file) => join(folder, file));
    return { cells, files: paths, ...(notes.length === 0 ? {} : { note: notes.join('; ') }) };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** What a tracking job may be given in place of a film. */
const TRACK_FILE = /\.trks?$/iu;

/** How renaming fails where a folder stands, or a file where a folder is to go. */
const BLOCKED = new Set(['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR']);

/** Renames a file or folder to its final name; what stands in its way is moved away, and goes with the workspace. */
async function putInPlace(from: string, to: string, away: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!BLOCKED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rename(to, away);
    await rename(from, to);
  }
}
