import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import type { KioskError } from '../../src/errors/kiosk-error.js';
import type { ObjectStore, StorageOptions } from '../../src/storage/contract.js';
import { retainedMemory } from '../support/retained-memory.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A store to be tested, opened by the suite and closed by it with whatever server stands behind it. */
export interface StorageUnderTest {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** Quick attempts: the waits themselves have their own tests. */
export const TEST_STORAGE_OPTIONS: StorageOptions = {
  publicRead: false,
  resultUrlSeconds: 3 * 24 * 60 * 60,
  maxBackoffMs: 20,
  maxAttempts: 4,
};

const MEBIBYTE = 1024 * 1024;

/** Keys that need care on their way through URLs, signatures and file systems. */
const AWKWARD_KEYS = [
  'uploads/two words.tif',
  'uploads/comma,and;semicolon.tif',
  'uploads/100%.tif',
  'uploads/a%20b.tif',
  'uploads/1+1=2.tif',
  'uploads/quest?ion#hash&and.tif',
  "uploads/(paren)'quote'!*~.tif",
  'uploads/colon:name.tif',
  'uploads/Zellkerne-äöü-細胞-🔬.tif',
  'deep/er/and/deeper/x',
];

/** What every `ObjectStore` must do. */
export function describeStorage(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`${name} as object store`, () => {
    let subject: StorageUnderTest;
    let store: ObjectStore;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let counter = 0;
    const local = (): string => join(folder.path, `file-${counter++}`);

    const put = async (key: string, content: Buffer | string): Promise<void> => {
      const file = local();
      await writeFile(file, content);
      await store.upload(file, key);
    };
    const get = async (key: string): Promise<Buffer> => {
      const file = local();
      await store.download(key, file);
      return await readFile(file);
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      subject = await open();
      store = subject.store;
    }, 60_000);

    afterAll(async () => {
      await subject?.close();
      await folder.remove();
    });

    test.each([
      ['nothing', 0],
      ['one byte', 1],
      ['a little', 100_003],
      ['more than one part', 9 * MEBIBYTE + 7],
    ])('what was uploaded is downloaded: %s', async (_title, bytes) => {
      const content = randomBytes(bytes);
      await put('uploads/round-trip.bin', content);
      expect((await get('uploads/round-trip.bin')).equals(content)).toBe(true);
      expect((await store.stat('uploads/round-trip.bin'))?.bytes).toBe(bytes);
    });

    test.each(AWKWARD_KEYS)('a key may be %s', async (key) => {
      await put(key, key);
      expect((await get(key)).toString()).toBe(key);
      expect(await store.stat(key)).toMatchObject({ key, bytes: Buffer.byteLength(key) });
      expect(await keysOf(store, key)).toEqual([key]);
      expect(await store.resolve(key)).toBe(key);
      const url = await store.urlFor(key);
      expect(await store.resolve(url)).toBe(key);
      expect((await readUrl(url)).toString()).toBe(key);
      await store.delete(key);
      expect(await store.stat(key)).toBeUndefined();
    });

    test('a later upload replaces an earlier one', async () => {
      await put('output/same.zip', 'first, and longer');
      await put('output/same.zip', 'second');
      expect((await get('output/same.zip')).toString()).toBe('second');
      const info = await store.stat('output/same.zip');
      expect(info?.bytes).toBe(6);
      expect(Math.abs(Date.now() - (info?.updatedAt.getTime() ?? 0))).toBeLessThan(60_000);
    });

    test('a listing holds the objects whose key begins with the prefix, and no others', async () => {
      for (const key of ['listed/a/1', 'listed/a/2', 'listed/ab', 'listed/b', 'listing']) await put(key, key);
      expect(await keysOf(store, 'listed/a')).toEqual(['listed/a/1', 'listed/a/2', 'listed/ab']);
      expect(await keysOf(store, 'listed/a/')).toEqual(['listed/a/1', 'listed/a/2']);
      expect(await keysOf(store, 'list')).toEqual(['listed/a/1', 'listed/a/2', 'listed/ab', 'listed/b', 'listing']);
      expect(await keysOf(store, 'nothing/like/this/')).toEqual([]);
    });

    test('what is not there can be deleted, and is not found', async () => {
      await store.delete('never/was');
      expect(await store.stat('never/was')).toBeUndefined();
      const file = local();
      await expect(store.download('never/was', file)).rejects.toMatchObject({
        code: 'KC_STORAGE_NOT_FOUND',
        retry: 'never',
        message: expect.stringContaining('"never/was"'),
      });
      expect(await leftovers(folder.path, file)).toEqual([]);
    });

    test.each(['', '/lead', 'a//b', '../up', 'a/../../up', 'a/./b', 'a\\b', 'a\nb', 'a/..', 'x…'])(
      '%j is refused as a key by every method',
      async (text) => {
        const key = text === 'x…' ? 'x'.repeat(1025) : text;
        const file = local();
        await writeFile(file, 'x');
        const refused = { code: 'KC_STORAGE_KEY' };
        await expect(store.upload(file, key)).rejects.toMatchObject(refused);
        await expect(store.download(key, local())).rejects.toMatchObject(refused);
        await expect(store.stat(key)).rejects.toMatchObject(refused);
        await expect(store.delete(key)).rejects.toMatchObject(refused);
        await expect(store.urlFor(key)).rejects.toMatchObject(refused);
      },
    );

    test('a reference is a key, with or without "/", a bare name, or a URL of this bucket', async () => {
      await put('uploads/named.tif', 'x');
      for (const reference of ['uploads/named.tif', '/uploads/named.tif', 'named.tif']) {
        expect(await store.resolve(reference)).toBe('uploads/named.tif');
      }
      const absent = store.resolve('not-there.tif');
      await expect(absent).rejects.toMatchObject({
        code: 'KC_STORAGE_NOT_FOUND',
        message: expect.stringMatching(/"not-there.tif" nor "uploads\/not-there.tif"/),
      });
      for (const foreign of [
        's3://elsewhere/a.tif',
        'gs://elsewhere/a.tif',
        'https://example.org/a.tif',
        'ftp://a/b',
      ]) {
        await expect(store.resolve(foreign)).rejects.toMatchObject({ code: 'KC_STORAGE_KEY' });
      }
    });

    test('50 MiB go up and down in bounded memory, and every byte is counted once', async () => {
      const file = local();
      await writeNoise(file, 50);
      const retained = retainedMemory();
      const before = retained();
      let [moved, sampled, most] = [0, 0, 0];
      const onBytes = (bytes: number): void => {
        moved += bytes;
        if (moved - sampled < 4 * MEBIBYTE) return;
        sampled = moved;
        most = Math.max(most, retained() - before);
      };
      await store.upload(file, 'output/large.zip', { onBytes });
      expect(moved).toBe(50 * MEBIBYTE);
      [moved, sampled] = [0, 0];
      const copy = local();
      await store.download('output/large.zip', copy, { onBytes });
      expect(moved).toBe(50 * MEBIBYTE);
      expect(await digestOf(copy)).toBe(await digestOf(file));
      expect(most / MEBIBYTE).toBeLessThan(24);
    }, 60_000);

    test('a download that is aborted halfway leaves no file, and the one that was there stays', async () => {
      const source = local();
      await writeNoise(source, 20);
      await store.upload(source, 'output/aborted.zip');
      const file = local();
      await writeFile(file, 'old');
      const controller = new AbortController();
      const onBytes = (): void => controller.abort();
      const download = store.download('output/aborted.zip', file, { signal: controller.signal, onBytes });
      await expect(download).rejects.toMatchObject({ code: 'KC_ABORTED' });
      expect(await leftovers(folder.path, file)).toEqual([basename(file)]);
      expect(await readFile(file, 'utf8')).toBe('old');
    }, 60_000);

    test('an upload that is aborted halfway leaves no object', async () => {
      const file = local();
      await writeNoise(file, 20);
      const controller = new AbortController();
      const onBytes = (): void => controller.abort();
      const upload = store.upload(file, 'output/half.zip', { signal: controller.signal, onBytes });
      await expect(upload).rejects.toMatchObject({ code: 'KC_ABORTED' });
      expect(await store.stat('output/half.zip')).toBeUndefined();
      expect(await keysOf(store, 'output/half')).toEqual([]);
    }, 60_000);

    test('nothing is begun under a signal that is already aborted', async () => {
      const signal = AbortSignal.abort();
      await expect(store.stat('a', { signal })).rejects.toMatchObject({ code: 'KC_ABORTED' });
    });

    test('a local file that is not there is told as such', async () => {
      const error = (await store
        .upload(join(folder.path, 'absent'), 'output/x')
        .catch((thrown: unknown) => thrown)) as KioskError;
      expect(error.message).toMatch(/no local file/);
    });

    test('a folder that cannot be written to is told as a local fault', async () => {
      await put('uploads/there.tif', 'x');
      const nowhere = join(folder.path, 'no', 'such', 'folder');
      await expect(store.download('uploads/there.tif', nowhere)).rejects.toMatchObject({
        message: expect.stringMatching(/^The local file .* cannot be written/),
      });
    });
  });
}

/** Reads as a browser would: no credentials, no special headers. */
export async function readUrl(url: string): Promise<Buffer> {
  if (url.startsWith('file:')) return await readFile(fileURLToPath(url));
  const answer = await fetch(url);
  const body = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new TypeError(`${answer.status} for ${url}: ${body.toString()}`);
  return body;
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.toSorted();
}

/** Names in `folder` that belong to `file`: itself, or what a transfer of it has left. */
async function leftovers(folder: string, file: string): Promise<string[]> {
  return (await readdir(folder)).filter(
    (name) => name.startsWith(basename(file)) && !/^\d/.test(name.slice(basename(file).length)),
  );
}

async function writeNoise(file: string, mebibytes: number): Promise<void> {
  const chunk = randomBytes(MEBIBYTE);
  await pipeline(function* chunks() {
    for (let index = 0; index < mebibytes; index++) yield Buffer.concat([Buffer.from([index]), chunk.subarray(1)]);
  }, createWriteStream(file));
  expect((await stat(file)).size).toBe(mebibytes * MEBIBYTE);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
