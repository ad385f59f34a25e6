import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { unreadable } from '../image-error.js';

/** The files of a Zarr store by key: `0/.zarray`, `0/0/1/3`. */
export interface ZarrStore {
  /** For messages. */
  readonly name: string;
  /**
   * The bytes under a key; undefined if there is nothing, which for a chunk means its fill value.
   * @throws {KioskError} KC_IMAGE_UNREADABLE if there are more than `most`, or the key leads out of the store
   */
  read(key: string, most: number): Promise<Uint8Array | undefined>;
  close(): void;
}

/** A store that is a folder. Links that lead out of it are not followed. */
export class FolderStore implements ZarrStore {
  readonly name: string;
  readonly #folder: string;
  #root: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.name = basename(folder);
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    checkKey(this.name, key);
    this.#root ??= await realpath(this.#folder);
    try {
      const file = await realpath(join(this.#root, ...key.split('/')));
      if (!file.startsWith(this.#root + sep)) throw unreadable(this.name, `the link ${key} leads out of the store`);
      const stats = await stat(file);
      // A pipe would be waited for without end.
      if (!stats.isFile()) throw unreadable(this.name, `${key} is not a file`);
      checkSize(this.name, key, stats.size, most);
      return await readFile(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      if (code === 'EACCES' || code === 'ELOOP' || code === 'ENAMETOOLONG')
        throw unreadable(this.name, `${key} cannot be read (${code})`, error);
      throw error;
    }
  }

  close(): void {
    // Nothing is held open.
  }
}

/**
 * Keys come out of metadata, so they are not trusted.
 * @throws {KioskError} KC_IMAGE_UNREADABLE for one that is absolute, has empty parts, or goes upwards
 */
export function checkKey(store: string, key: string): void {
  const parts = key.split('/');
  const sound = key.length <= 1024 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (sound && !/[\\\0]/u.test(key)) return;
  throw unreadable(
    store,
    `its metadata name the path ${JSON.stringify(key.slice(0, 80))}, which is none within the store`,
  );
}

/** @throws {KioskError} KC_IMAGE_UNREADABLE */
export function checkSize(store: string, key: string, size: number, most: number): void {
  if (size > most) throw unreadable(store, `${key} takes ${size} bytes, where at most ${most} make sense`);
}
