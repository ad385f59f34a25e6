import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFailed } from '../image-error.js';
import { ENTRY_MODE, ENTRY_TIME } from './zip-write.js';

/** An entry that is small enough to be held in memory. */
export interface ZipBuffer {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes small pieces into a ZIP archive, stored, each with its size in front: what Java's stream reader, and so ImageJ,
 * takes. The same pieces give the same archive.
 *
 * @throws {KioskError} KC_STORAGE_FULL; an archive that could not be finished is removed
 */
export async function zipBuffers(entries: Iterable<ZipBuffer>, target: string): Promise<void> {
  const { ZipFile } = (await import('yazl')).default;
  const zip = new ZipFile();
  for (const { name, bytes } of entries) {
    const options = { mtime: ENTRY_TIME, mode: ENTRY_MODE, forceDosTimestamp: true, compress: false };
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name, options);
  }
  zip.end();
  try {
    await pipeline(zip.outputStream as Readable, createWriteStream(target));
  } catch (error) {
    await rm(target, { force: true });
    throw writeFailed(basename(target), error);
  }
}
