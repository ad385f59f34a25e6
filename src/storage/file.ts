import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';

import { KioskError } from '../errors/kiosk-error.js';
import type { FileAddress } from './address.js';
import type { ObjectInfo, ObjectStore, StorageOptions, TransferOptions } from './contract.js';
import { TransferFault } from './failures.js';
import { checkKey, quoteKey } from './keys.js';
import { sizeOfLocalFile } from './local-file.js';
import { receiveFile } from './receive-file.js';
import { resolveReference } from './resolve-reference.js';
import { withRetry } from './retry.js';
import type { Operation } from './storage-error.js';

const DENIED_HINT = 'give the user that runs this program the right to read and write the folder';

/** A file is read in pieces of this size, or in one: each piece costs a turn of the event loop and of Node's file threads. */
const CHUNK_BYTES = 1024 * 1024;

function chunkBytes(size: number): number {
  return Math.min(Math.max(size, 1), CHUNK_BYTES);
}

/** Uploads that are under way, or were when their process was killed; names of this form are no objects. */
const TEMPORARY_NAME = /^\.upload-(?:[0-9a-f]{32}-)?[0-9a-f-]{36}\.part$/;

/**
 * A folder as a bucket. An upload is written beside its place under another name, synced, renamed, and the folders synced:
 * after a crash at any point the object is the old one or the new one. Symbolic links are followed as long as they stay in
 * the folder; this does not hold against someone who changes links in the folder at that very moment.
 */
class FileStore implements ObjectStore {
  readonly address: string;

  constructor(
    readonly bucket: string,
    private readonly options: StorageOptions,
  ) {
    this.address = pathToFileURL(bucket).href;
  }

  async download(key: string, file: string, { signal, onBytes }: TransferOptions = {}): Promise<void> {
    await withRetry(this.operation('read', key), this.options, signal, async (attempt) => {
      const path = await this.pathOf(key);
      const info = await stat(path);
      if (!info.isFile()) throw new NoObject(`${path} is a folder`);
      const body = createReadStream(path, { highWaterMark: chunkBytes(info.size) });
      await receiveFile({ body, bytes: info.size }, file, attempt, onBytes);
    });
  }

  async upload(file: string, key: string, { signal, onBytes }: TransferOptions = {}): Promise<void> {
    const bytes = await sizeOfLocalFile(file);
    await withRetry(this.operation('write', key), this.options, signal, async (attempt) => {
      const path = await this.pathOf(key);
      const made = await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
        throw occupied(key, error);
      });
      const temporary = join(dirname(path), `${temporaryPrefix(path)}${randomUUID()}.part`);
      let sent = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          sent += chunk.length;
          attempt.alive(chunk.length);
          onBytes?.(chunk.length);
          done(null, chunk);
        },
      });
      try {
        // `flush` syncs before the stream closes, so that the rename never publishes unwritten data.
        const target = createWriteStream(temporary, { flags: 'wx', flush: true });
        const source = createReadStream(file, { highWaterMark: chunkBytes(bytes) });
        await pipeline(source, meter, target, { signal: attempt.signal });
        if (sent !== bytes) throw new TransferFault('TRUNCATED', `${file} changed while it was read`);
        await rename(temporary, path).catch((error: unknown) => {
          throw occupied(key, error);
        });
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolders(dirname(path), made === undefined ? dirname(path) : dirname(made));
    });
  }

  async urlFor(key: string): Promise<string> {
    return pathToFileURL(join(this.bucket, checkKey(key))).href;
  }

  async resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<string> {
    return await resolveReference(this, reference, { scheme: 'file', bucket: this.bucket }, options);
  }

  async stat(key: string, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined> {
    return await withRetry(this.operation('look at', key), this.options, options?.signal, async () => {
      const path = await this.pathOf(key);
      const info = await stat(path).catch(absent);
      return info?.isFile() === true ? { key, bytes: info.size, updatedAt: info.mtime } : undefined;
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    // Only folders that can hold such keys are read.
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (start !== '') checkKey(start.slice(0, -1));
    const folders = [join(this.bucket, start)];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const current = folder;
      for (const entry of await this.entriesOf(current, prefix)) {
        const path = join(current, entry.name);
        const key = relative(this.bucket, path).split(sep).join('/');
        if (entry.isDirectory()) folders.push(path);
        if (!entry.isFile() || !key.startsWith(prefix) || TEMPORARY_NAME.test(entry.name)) continue;
        const info = await stat(path).catch(absent);
        if (info !== undefined) yield { key, bytes: info.size, updatedAt: info.mtime };
      }
    }
  }

  async delete(key: string): Promise<void> {
    await withRetry(this.operation('delete', key), this.options, undefined, async () => {
      const path = await this.pathOf(key);
      await rm(path, { force: true }).catch(absent);
      // A process that was killed while it uploaded has left this; one that still uploads fails, and tells so.
      const prefix = temporaryPrefix(path);
      for (const name of (await readdir(dirname(path)).catch(absent)) ?? []) {
        if (name.startsWith(prefix)) await rm(join(dirname(path), name), { force: true });
      }
    });
  }

  async close(): Promise<void> {}

  private operation(verb: Operation['verb'], key: string): Operation {
    return { address: this.address, verb, key, deniedHint: DENIED_HINT };
  }

  private async entriesOf(folder: string, prefix: string): Promise<Dirent[]> {
    return await withRetry(this.operation('list', prefix), this.options, undefined, async () => {
      return (await readdir(folder, { withFileTypes: true }).catch(absent)) ?? [];
    });
  }

  /** Where the object of `key` is or would be, after links have been followed as far as the path exists. */
  private async pathOf(key: string): Promise<string> {
    const path = join(this.bucket, checkKey(key));
    const root = (await realpath(this.bucket).catch(absent)) ?? this.bucket;
    for (let existing = path; existing.startsWith(this.bucket); existing = dirname(existing)) {
      const real = await realpath(existing).catch(absent);
      if (real === undefined) continue;
      if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return path;
      throw new KioskError('KC_STORAGE_KEY', `${quoteKey(key)} leads out of the folder ${this.bucket} by a link.`, {
        hint: 'replace the symbolic link by a copy, or set STORAGE_BUCKET to the folder that it points to',
      });
    }
    return path;
  }
}

export function openFileStore(address: FileAddress, options: StorageOptions): ObjectStore {
  return new FileStore(address.folder, options);
}

/** How the names begin under which uploads to `path` are written: found again by whoever removes the object. */
function temporaryPrefix(path: string): string {
  const digest = createHash('sha256').update(basename(path)).digest('hex');
  return `.upload-${digest.slice(0, 32)}-`;
}

class NoObject extends Error {
  readonly code = 'ENOENT';
}

/** "There is nothing here" as a value; everything else stays an error. */
function absent(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return undefined;
  throw error;
}

/** A folder cannot hold `a` and `a/b` at once, nor a part that is too long for a file name; buckets can. */
function occupied(key: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG'].includes(code)) return error;
  return new KioskError('KC_STORAGE_KEY', `${quoteKey(key)} cannot be a file here (${code}).`, {
    hint: 'choose a key whose parts are no longer than 255 bytes, and of which no beginning is itself an object',
  });
}

/** Makes new names durable: syncs `deepest` and the folders above it up to `highest`. */
async function syncFolders(deepest: string, highest: string): Promise<void> {
  for (let folder = deepest; ; folder = dirname(folder)) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (folder === highest || folder === dirname(folder)) return;
  }
}
