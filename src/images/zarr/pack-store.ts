import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { zipFiles, type ZipEntry } from '../archive/zip-write.js';

/** Of a store that is a zip archive, by the convention for single-file OME-Zarr; `.zip` would mean a batch of images. */
export const PACKED_SUFFIX = '.ozx';

const STORE_SUFFIX = /(?:\.ome)?\.zarr(?:\.zip)?$/iu;

/** Whether a file or folder is called like a store: `a.zarr`, `a.ome.zarr`, `a.zarr.zip`. */
export function isStoreName(name: string): boolean {
  return STORE_SUFFIX.test(name);
}

/** What a store is called as one file: `a.ome.zarr` and `a.zarr.zip` become `a.ozx`. */
export function packedName(name: string): string {
  return name.replace(STORE_SUFFIX, PACKED_SUFFIX);
}

/**
 * Packs a folder into a zip archive beside nothing else, its files in order of their names, stored as they are; the same
 * folder gives the same archive. Links are left out.
 *
 * @throws {KioskError} KC_STORAGE_FULL, KC_ABORTED
 */
export async function packFolder(
  folder: string,
  target: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await zipFiles(await entriesBelow(folder), target, options);
}

/** All files below a folder, by their paths in it. They are stored: chunks are compressed already. */
export async function entriesBelow(folder: string): Promise<ZipEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.toSorted().map((file) => ({ name: relative(folder, file).split(sep).join('/'), file, stored: true }));
}
