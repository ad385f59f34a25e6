import { extname } from 'node:path';
import { digestOf, safeEntryName } from 'kiosk-consumer';

const MACOS_FOLDER = '__MACOSX';
const MOST_KEY_BYTES = 1000;

/** The Kiosk's rule: whatever has an extension is an image, but for what macOS adds. */
export function isImageName(name: string): boolean {
  return extname(name) !== '' && !name.includes(MACOS_FOLDER);
}

/**
 * Where an image of an archive lies in the bucket: `output/<digest of the job>/<path in the archive>`, the same however often
 * the archive is expanded. Paths that make no good key are replaced by a digest.
 */
export function keyOfEntry(job: string, name: string): string {
  const key = `output/${digestOf(job)}/${name}`;
  if (safeEntryName(name) === name && Buffer.byteLength(key) <= MOST_KEY_BYTES) return key;
  return `output/${digestOf(job)}/${digestOf(name)}${extname(safeEntryName(name))}`;
}

/**
 * Names of jobs that the Kiosk's consumer has joined with commas, though file names inside may hold some: a comma ends a name only
 * after the hexadecimal digits that end every name.
 */
export function splitKeys(joined: string): string[] {
  return joined.split(/(?<=:[0-9a-f]{32}|:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),/u).filter((key) => key !== '');
}
