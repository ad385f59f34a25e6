import { createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KioskError } from '../../errors/kiosk-error.js';
import { writeFailed } from '../image-error.js';
import { safeEntryName } from './entry-name.js';
import { isCompressed } from './is-compressed.js';

/** A file and the path it gets inside the archive. */
export interface ZipEntry {
  readonly name: string;
  readonly file: string;
  /** Not to be deflated, since it is compressed in a way that its first bytes do not show. */
  readonly stored?: boolean;
}

export interface ZipOptions {
  readonly signal?: AbortSignal;
}

/** Entries carry the first moment a ZIP can express, so that the same files give the same archive. */
export const ENTRY_TIME = new Date(1980, 0, 1);
export const ENTRY_MODE = 0o100_644;

/**
 * Streams files into a ZIP archive (ZIP64 where it is needed): deflated, or stored if their bytes are compressed already.
 * Names are made safe by {@link safeEntryName}.
 *
 * @throws {KioskError} KC_INTERNAL if two entries get one name or a file cannot be read; KC_STORAGE_FULL; KC_ABORTED.
 *   An archive that could not be finished is removed
 */
export async function zipFiles(entries: readonly ZipEntry[], target: string, options: ZipOptions = {}): Promise<void> {
  const named = withSafeNames(entries);
  const { ZipFile } = (await import('yazl')).default;
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  const streams: ReadStream[] = [];
  const fail = (error: unknown): void => void output.destroy(error as Error);
  zip.on('error', fail);
  try {
    for (const { name, file, stored } of named) {
      const compress = stored !== true && !(await isCompressed(file));
      const { size } = await stat(file);
      const common = { mtime: ENTRY_TIME, mode: ENTRY_MODE, forceDosTimestamp: true, size, compress };
      zip.addReadStreamLazy(name, common, (begin) => {
        const stream = createReadStream(file).on('error', fail);
        streams.push(stream);
        begin(undefined, stream);
      });
    }
    zip.end();
    await pipeline(output, createWriteStream(target), options.signal ? { signal: options.signal } : {});
  } catch (error) {
    for (const stream of streams) stream.destroy();
    await rm(target, { force: true });
    if (options.signal?.aborted)
      throw new KioskError('KC_ABORTED', 'the archive was not finished', {}, { cause: error });
    throw writeFailed(basename(target), error);
  }
}

function withSafeNames(entries: readonly ZipEntry[]): ZipEntry[] {
  const given = new Map<string, string>();
  return entries.map((entry) => {
    const { name } = entry;
    const safe = safeEntryName(name);
    const other = given.get(safe);
    if (other !== undefined) {
      throw new KioskError('KC_INTERNAL', `two files of the archive, ${other} and ${name}, would be called ${safe}`);
    }
    given.set(safe, name);
    return { ...entry, name: safe };
  });
}
