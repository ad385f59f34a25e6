import { createWriteStream } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { KioskError } from '../../errors/kiosk-error.js';
import { writeFailed } from '../image-error.js';

/** What an archive may announce; held against its directory before anything is unpacked. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Unpacked bytes of one entry. */
  readonly maxEntryBytes: number;
  /** Unpacked bytes of all wanted entries together. */
  readonly maxTotalBytes: number;
}

export interface ExtractedEntry {
  /** Path inside the archive; not to be used as a path anywhere else. */
  readonly name: string;
  /** Where its bytes are: a file in the given folder, under a name of our own. */
  readonly file: string;
}

export interface ExtractOptions {
  readonly limits: ArchiveLimits;
  /** Which entries to unpack, by their path inside the archive. */
  readonly wanted: (name: string) => boolean;
}

/** Deflate cannot pack tighter than 1032 to 1; an entry that says so lies about one of its sizes. */
const GREATEST_RATIO = 1040;
/** Below this a ratio says nothing. */
const RATIO_FLOOR_BYTES = 4096;
const SUFFIX = /^\.[A-Za-z0-9]{1,5}$/u;

/** A zip archive whose directory has been read and checked; entries are unpacked one by one. */
export interface OpenArchive {
  /** Paths of the wanted entries inside the archive, in the order of its directory. */
  readonly names: readonly string[];
  /** Unpacks the entry into a file; throws as {@link openArchive} does. */
  extract(name: string, file: string): Promise<void>;
  close(): void;
}

/**
 * Opens a zip archive that is taken for hostile: names are never used as paths, sizes are checked before and while unpacking,
 * and what was unpacked is checked against its checksum.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE if it is damaged, encrypted, exceeds the limits, names one entry twice or
 * uses names that lead out of a folder
 */
export async function openArchive(archive: string, { limits, wanted }: ExtractOptions): Promise<OpenArchive> {
  const refuse = (what: string, cause?: unknown) => refusal(basename(archive), what, cause);
  const zip = await openZip(archive);
  try {
    const entries = await listEntries(zip, limits, wanted, refuse);
    return {
      names: [...entries.keys()],
      extract: (name, file) => extractEntry(zip, entries.get(name)!, file, refuse),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** Unpacks the wanted entries of an archive into `folder`, in the order of its directory; throws as {@link openArchive} does. */
export async function extractEntries(
  archive: string,
  folder: string,
  options: ExtractOptions,
): Promise<ExtractedEntry[]> {
  const opened = await openArchive(archive, options);
  try {
    const extracted: ExtractedEntry[] = [];
    for (const [i, name] of opened.names.entries()) {
      const suffix = extname(name);
      const file = join(folder, `entry-${i}${SUFFIX.test(suffix) ? suffix : ''}`);
      await opened.extract(name, file);
      extracted.push({ name, file });
    }
    return extracted;
  } finally {
    opened.close();
  }
}

/** @throws {KioskError} KC_IMAGE_UNREADABLE if it is no zip archive */
export async function openZip(archive: string): Promise<ZipFile> {
  const { openPromise } = await import('yauzl');
  return await openPromise(archive, { autoClose: false, strictFileNames: true }).catch((error: unknown) => {
    throw refusal(basename(archive), `is not a sound zip archive (${messageOf(error)})`, error);
  });
}

type Refuse = (what: string, cause?: unknown) => KioskError;

/** The wanted entries of an archive, held against the limits. */
export async function listEntries(
  zip: ZipFile,
  limits: ArchiveLimits,
  wanted: ExtractOptions['wanted'],
  refuse: Refuse,
): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.maxEntries) {
    throw refuse(`has ${zip.entryCount} entries; at most ${limits.maxEntries} are accepted`);
  }
  const entries = new Map<string, Entry>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !wanted(entry.fileName)) continue;
      if (entries.has(entry.fileName)) throw refuse(`names the entry "${shown(entry.fileName)}" twice`);
      total += entry.uncompressedSize;
      checkEntry(entry, limits, refuse);
      if (total > limits.maxTotalBytes) {
        throw refuse(`unpacks to more than ${limits.maxTotalBytes} bytes, which is the limit`);
      }
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    throw error instanceof KioskError
      ? error
      : refuse(`has a directory that is not accepted (${messageOf(error)})`, error);
  }
  return entries;
}

function checkEntry(entry: Entry, limits: ArchiveLimits, refuse: Refuse): void {
  const name = `the entry "${shown(entry.fileName)}"`;
  if (entry.isEncrypted()) throw refuse(`is encrypted (${name}); pack it again without a password`);
  if (!entry.canDecodeFileData()) {
    throw refuse(`packs ${name} by method ${entry.compressionMethod}; stored and deflated entries are read`);
  }
  if (entry.uncompressedSize > limits.maxEntryBytes) {
    throw refuse(`unpacks ${name} to ${entry.uncompressedSize} bytes; the limit is ${limits.maxEntryBytes}`);
  }
  if (entry.uncompressedSize > RATIO_FLOOR_BYTES + GREATEST_RATIO * entry.compressedSize) {
    throw refuse(`says that ${entry.compressedSize} bytes hold ${entry.uncompressedSize} (${name}), which cannot be`);
  }
}

async function extractEntry(zip: ZipFile, entry: Entry, file: string, refuse: Refuse): Promise<void> {
  let checksum = 0;
  try {
    const source = await zip.openReadStreamPromise(entry);
    const summed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    };
    await pipeline(source, summed, createWriteStream(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw writeFailed(basename(file), error);
    throw refuse(`is damaged at the entry "${shown(entry.fileName)}" (${messageOf(error)})`, error);
  }
  if (checksum !== entry.crc32) {
    throw refuse(`is damaged: the checksum of the entry "${shown(entry.fileName)}" is wrong`);
  }
}

export function refusal(archive: string, what: string, cause?: unknown): KioskError {
  return new KioskError(
    'KC_IMAGE_UNREADABLE',
    `${archive}: ${what}`,
    {
      hint: 'Pack the files again with an ordinary zip program (deflate, no password), or download the archive again.',
    },
    cause === undefined ? undefined : { cause },
  );
}

/** A name from inside an archive, fit for one line of a message. */
function shown(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is to be taken out
  const printable = name.replaceAll(/[\u0000-\u001f\u007f-\u009f]/gu, '?');
  return printable.length > 120 ? `${printable.slice(0, 117)}...` : printable;
}

function messageOf(error: unknown): string {
  return shown(error instanceof Error ? error.message : String(error));
}
