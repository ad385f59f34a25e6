import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { listEntries, openZip, refusal, type ArchiveLimits } from './zip-extract.js';

/** A zip archive whose entries are read one by one, into memory. Hostile until checked, as in {@link extractEntries}. */
export class ZipReader {
  readonly #zip: ZipFile;
  readonly #name: string;
  readonly #entries = new Map<string, Entry>();

  private constructor(archive: string, zip: ZipFile) {
    this.#zip = zip;
    this.#name = basename(archive);
  }

  /** @throws {KioskError} KC_IMAGE_UNREADABLE if its directory is damaged or exceeds the limits */
  static async open(archive: string, limits: ArchiveLimits): Promise<ZipReader> {
    const reader = new ZipReader(archive, await openZip(archive));
    try {
      const entries = await listEntries(reader.#zip, limits, () => true, reader.#refuse);
      for (const [name, entry] of entries) reader.#entries.set(name, entry);
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Paths of all entries, in the order of the directory. */
  get names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Bytes that an entry unpacks to; undefined if there is none of this name. */
  sizeOf(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /** @throws {KioskError} KC_IMAGE_UNREADABLE if there is no such entry or it is damaged */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw this.#refuse(`has no entry "${name}"`);
    let bytes: Buffer;
    try {
      // No more can come than the directory says: yauzl checks the size while it unpacks.
      bytes = await buffer(await this.#zip.openReadStreamPromise(entry));
    } catch (error) {
      throw this.#refuse(`is damaged at the entry "${name}"`, error);
    }
    if (crc32(bytes) !== entry.crc32) throw this.#refuse(`is damaged: the checksum of the entry "${name}" is wrong`);
    return bytes;
  }

  close(): void {
    this.#zip.close();
  }

  readonly #refuse = (what: string, cause?: unknown) => refusal(this.#name, what, cause);
}
