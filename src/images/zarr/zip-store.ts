import { basename } from 'node:path';
import { ZipReader } from '../archive/zip-reader.js';
import { unreadable } from '../image-error.js';
import type { ImageLimits } from '../raster.js';
import { checkKey, checkSize, type ZarrStore } from './store.js';

/** A folder of a store is known by one of these. */
const MARKS = new Set(['.zattrs', '.zgroup', '.zarray', 'zarr.json']);

/** Their directory is held in memory. */
const MAX_ENTRIES = 100_000;

/** Resolutions and label images come on top of the image itself. */
const TOTAL_FACTOR = 8;

/** A store that is a zip archive; its keys stand at the root of the archive, or in one folder of it. */
export class ZipStore implements ZarrStore {
  readonly name: string;
  readonly #zip: ZipReader;
  readonly #prefix: string;

  private constructor(name: string, zip: ZipReader, prefix: string) {
    this.name = name;
    this.#zip = zip;
    this.#prefix = prefix;
  }

  /** @throws {KioskError} KC_IMAGE_UNREADABLE if the archive is damaged or holds no Zarr store */
  static async open(archive: string, { maxBytes }: ImageLimits): Promise<ZipStore> {
    const name = basename(archive);
    const limits = { maxEntries: MAX_ENTRIES, maxEntryBytes: maxBytes, maxTotalBytes: TOTAL_FACTOR * maxBytes };
    const zip = await ZipReader.open(archive, limits);
    const prefix = prefixOf(zip.names);
    if (prefix !== undefined) return new ZipStore(name, zip, prefix);
    zip.close();
    throw unreadable(name, 'is a ZIP archive without a Zarr store in it');
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    checkKey(this.name, key);
    const entry = this.#prefix + key;
    const size = this.#zip.sizeOf(entry);
    if (size === undefined) return undefined;
    checkSize(this.name, key, size, most);
    return await this.#zip.read(entry);
  }

  close(): void {
    this.#zip.close();
  }
}

/** The folder of the outermost mark, with a slash behind it; empty for the root. */
function prefixOf(names: Iterable<string>): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    const slash = name.lastIndexOf('/') + 1;
    if (!MARKS.has(name.slice(slash))) continue;
    if (found === undefined || slash < found.length) found = name.slice(0, slash);
  }
  return found;
}
