import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readLabelFiles, type LabelFile } from '../archive/label-planes.js';
import { zipFiles, type ZipEntry } from '../archive/zip-write.js';
import { entriesBelow } from '../zarr/pack-store.js';
import { PROVENANCE_SUFFIX } from './output-names.js';
import { writeDocument, writeOutputs, type OutputsRequest } from './write-outputs.js';

export interface PackRequest extends OutputsRequest {
  /** The label files of the result archive, named as there. */
  readonly results: readonly LabelFile[];
  /** For temporary files; the caller removes it. */
  readonly folder: string;
  /** The pack that is written. */
  readonly target: string;
  /** What goes into the provenance beside the facts about the input; written only if that output is asked for. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/**
 * Writes the outputs of a job into one zip archive, which holds what `run` would write beside the result archive.
 *
 * One entry of a result archive keeps everybody out of harm's way who stacks all its TIFFs or takes its first CSV for
 * something else.
 *
 * @throws {KioskError} KC_IMAGE_*, KC_STORAGE_FULL
 */
export async function packOutputs(request: PackRequest): Promise<void> {
  const { image, name, results, folder, target, outputs } = request;
  await mkdir(folder, { recursive: true });
  const { planes, note } = await readLabelFiles(results, request.limits);
  const { files, cells } = await writeOutputs(planes, request, folder);
  const made = [...files];
  if (outputs.includes('provenance')) {
    const input = { bytes: (await stat(image)).size, sha256: await hashFile(image) };
    const document = {
      format: 1,
      ...request.provenance,
      input,
      outputs,
      cells,
      ...(note === undefined ? {} : { note }),
    };
    made.push(`${name}${PROVENANCE_SUFFIX}`);
    await writeDocument(folder, made.at(-1)!, document);
  }
  const entries: ZipEntry[] = [];
  for (const file of made) entries.push(...(await entriesOf(folder, file)));
  await zipFiles(entries, target);
}

/** A file, or all files of a folder, in order of their names. */
async function entriesOf(folder: string, name: string): Promise<ZipEntry[]> {
  const path = join(folder, name);
  if (!(await stat(path)).isDirectory()) return [{ name, file: path }];
  const below = await entriesBelow(path);
  return below.map((entry) => ({ ...entry, name: `${name}/${entry.name}` }));
}

/** SHA-256 of a file's bytes, in hex: what `sha256sum` prints. */
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
