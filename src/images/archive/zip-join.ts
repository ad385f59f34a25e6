import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Entry, ZipFile } from 'yauzl';
import { KioskError } from '../../errors/kiosk-error.js';
import { writeFailed } from '../image-error.js';
import { safeEntryName } from './entry-name.js';

/** What the directory at the end of an archive says of an entry. */
interface Listed {
  readonly name: Buffer;
  readonly entry: Entry;
  readonly offset: number;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_HEADER = 0x02014b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END = 0x06054b50;
const EXTRA_64 = 1;
const VERSION_64 = 45;
/** Made on Unix, so that the upper half of the attributes are a file's mode. */
const UNIX_VERSION_64 = (3 << 8) | VERSION_64;
const FILE_ATTRIBUTES = (0o100_644 << 16) >>> 0;
const UTF8_NAME = 1 << 11;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;

/**
 * Puts the entries of zip archives into one new archive, their packed bytes as they are: nothing is inflated or deflated, and memory
 * holds one buffer and a line for each entry. ZIP64 where it is needed. Layout as in PKWARE's APPNOTE 6.3.
 */
export class ArchiveJoiner {
  readonly #output: WriteStream;
  readonly #listed: Listed[] = [];
  readonly #names = new Set<string>();
  #offset = 0;
  #failure: unknown;

  constructor(private readonly target: string) {
    this.#output = createWriteStream(target);
    this.#output.on('error', (error) => (this.#failure = error));
  }

  get count(): number {
    return this.#listed.length;
  }

  /**
   * Appends every file of an archive. A name that is taken gets a number.
   * @throws {KioskError} KC_IMAGE_UNREADABLE if the archive is damaged or encrypted, KC_STORAGE_FULL
   */
  async add(archive: string): Promise<void> {
    const { openPromise } = await import('yauzl');
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(archive, { autoClose: false, strictFileNames: true });
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName.endsWith('/')) continue;
        if (entry.isEncrypted()) throw new Error(`the entry "${entry.fileName}" is encrypted`);
        await this.#copy(zip, entry);
      }
    } catch (error) {
      if (this.#failure !== undefined) throw writeFailed(basename(this.target), this.#failure);
      throw new KioskError(
        'KC_IMAGE_UNREADABLE',
        `${basename(archive)}: is not a sound zip archive (${error instanceof Error ? error.message : String(error)}).`,
        {},
        { cause: error },
      );
    } finally {
      zip?.close();
    }
  }

  /** Writes the directory. @throws {KioskError} KC_STORAGE_FULL */
  async finish(): Promise<void> {
    try {
      const start = this.#offset;
      for (const listed of this.#listed) await this.#write(directoryHeader(listed));
      await this.#write(endOf(this.#listed.length, start, this.#offset - start));
      this.#output.end();
      await once(this.#output, 'close');
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      await this.abandon();
      throw writeFailed(basename(this.target), error);
    }
  }

  /** Removes what has been written. */
  async abandon(): Promise<void> {
    this.#output.destroy();
    await rm(this.target, { force: true });
  }

  async #copy(zip: ZipFile, entry: Entry): Promise<void> {
    const name = Buffer.from(this.#freeName(safeEntryName(entry.fileName)));
    const offset = this.#offset;
    await this.#write(localHeader(name, entry));
    const { compressedSize } = entry;
    let copied = 0;
    for await (const chunk of await zip.openReadStreamPromise(entry, { decodeFileData: false })) {
      copied += (chunk as Buffer).length;
      await this.#write(chunk as Buffer);
    }
    if (copied !== compressedSize) throw new Error(`the entry "${entry.fileName}" is cut short`);
    this.#listed.push({ name, entry, offset });
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; this.#names.has(free); number += 1) free = name.replace(/(\.[^./]*)?$/u, `_${number}$1`);
    this.#names.add(free);
    return free;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#offset += bytes.length;
    if (!this.#output.write(bytes)) await Promise.race([once(this.#output, 'drain'), once(this.#output, 'close')]);
  }
}

function localHeader(name: Buffer, entry: Entry): Buffer {
  const extra = extra64([entry.uncompressedSize, entry.compressedSize]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  header.writeUInt16LE(VERSION_64, 4);
  writeCommon(header, 6, entry);
  header.writeUInt32LE(extra.length > 0 ? MAX_32 : entry.compressedSize, 18);
  header.writeUInt32LE(extra.length > 0 ? MAX_32 : entry.uncompressedSize, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function directoryHeader({ name, entry, offset }: Listed): Buffer {
  const extra = extra64([entry.uncompressedSize, entry.compressedSize, offset]);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(DIRECTORY_HEADER, 0);
  header.writeUInt16LE(UNIX_VERSION_64, 4);
  header.writeUInt16LE(VERSION_64, 6);
  writeCommon(header, 8, entry);
  header.writeUInt32LE(extra.length > 0 ? MAX_32 : entry.compressedSize, 20);
  header.writeUInt32LE(extra.length > 0 ? MAX_32 : entry.uncompressedSize, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(FILE_ATTRIBUTES, 38);
  header.writeUInt32LE(extra.length > 0 ? MAX_32 : offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Flags, method, time and checksum, which both headers have in this order. */
function writeCommon(header: Buffer, at: number, entry: Entry): void {
  header.writeUInt16LE(UTF8_NAME, at);
  header.writeUInt16LE(entry.compressionMethod, at + 2);
  header.writeUInt16LE(entry.lastModFileTime, at + 4);
  header.writeUInt16LE(entry.lastModFileDate, at + 6);
  header.writeUInt32LE(entry.crc32, at + 8);
}

/** The field for numbers that 32 bits do not hold; empty if all fit. */
function extra64(numbers: readonly number[]): Buffer {
  if (numbers.every((number) => number < MAX_32)) return Buffer.alloc(0);
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(EXTRA_64, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  for (const [i, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + 8 * i);
  return extra;
}

function endOf(count: number, start: number, size: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(start, MAX_32), 16);
  if (count < MAX_16 && size < MAX_32 && start < MAX_32) return end;
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(END_64, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(UNIX_VERSION_64, 12);
  end64.writeUInt16LE(VERSION_64, 14);
  for (const [i, number] of [count, count, size, start].entries()) end64.writeBigUInt64LE(BigInt(number), 24 + 8 * i);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(LOCATOR_64, 0);
  locator.writeBigUInt64LE(BigInt(start + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}
