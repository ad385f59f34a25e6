import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isZip } from '../archive/label-planes.js';
import { extractEntries } from '../archive/zip-extract.js';
import type { ImageLimits } from '../raster.js';
import { OUTPUTS_SUFFIX, PROVENANCE_SUFFIX } from './output-names.js';

/** A provenance takes a few thousand bytes. */
const MAX_PROVENANCE_BYTES = 2 ** 20;
const MAX_ENTRIES = 2 ** 20;

/**
 * Takes the provenance that a consumer has packed into a result archive out of it.
 *
 * @param workspace folder for unpacking; the caller removes it
 * @param file      the name that it gets in the workspace
 * @returns false if there is none, or there are several
 * @throws {KioskError} KC_IMAGE_UNREADABLE for a damaged or hostile archive
 */
export async function extractProvenance(
  archive: string,
  { workspace, file, limits }: { readonly workspace: string; readonly file: string; readonly limits: ImageLimits },
): Promise<boolean> {
  if (!(await isZip(archive))) return false;
  const outer = join(workspace, 'outer');
  const inner = join(workspace, 'inner');
  await mkdir(outer);
  await mkdir(inner);
  // The pack holds images and labels several times over, at several resolutions.
  const packBytes = 4 * limits.maxBytes;
  const packs = await extractEntries(archive, outer, {
    wanted: (name) => name.endsWith(OUTPUTS_SUFFIX),
    limits: { maxEntries: MAX_ENTRIES, maxEntryBytes: packBytes, maxTotalBytes: packBytes },
  });
  const [pack] = packs;
  // Archives of several images have one for each.
  if (pack === undefined || packs.length > 1) return false;
  const [found] = await extractEntries(pack.file, inner, {
    wanted: (name) => name.endsWith(PROVENANCE_SUFFIX) && !name.includes('/'),
    limits: { maxEntries: MAX_ENTRIES, maxEntryBytes: MAX_PROVENANCE_BYTES, maxTotalBytes: MAX_PROVENANCE_BYTES },
  });
  if (found === undefined) return false;
  await rename(found.file, join(workspace, file));
  return true;
}
