import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ObjectStore } from '../../src/storage/contract.js';
import { openStorage } from '../../src/storage/open.js';
import { describeStorage, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describeStorage('file:', async () => {
  const folder = await temporaryFolder();
  const store = await openStorage(`file:${join(folder.path, 'bucket')}`, TEST_STORAGE_OPTIONS);
  return { store, close: async () => await folder.remove() };
});

describe('file:', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: ObjectStore;
  let bucket: string;
  let source: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    bucket = join(folder.path, 'bucket');
    source = join(folder.path, 'source');
    await mkdir(join(bucket, 'uploads'), { recursive: true });
    await writeFile(source, 'content');
    store = await openStorage(`file:${bucket}`, TEST_STORAGE_OPTIONS);
  });
  afterEach(async () => await folder.remove());

  test('links that lead out of the folder are refused, links within are followed', async () => {
    await mkdir(join(folder.path, 'outside'));
    await writeFile(join(folder.path, 'outside', 'secret'), 'secret');
    await symlink(join(folder.path, 'outside'), join(bucket, 'out'));
    await symlink(join(folder.path, 'outside', 'secret'), join(bucket, 'secret'));
    await symlink('uploads', join(bucket, 'in'));
    const refused = { code: 'KC_STORAGE_KEY', message: expect.stringContaining('by a link') };
    await expect(store.download('out/secret', join(folder.path, 'x'))).rejects.toMatchObject(refused);
    await expect(store.download('secret', join(folder.path, 'x'))).rejects.toMatchObject(refused);
    await expect(store.upload(source, 'out/new')).rejects.toMatchObject(refused);
    await expect(store.upload(source, 'out/deeper/new')).rejects.toMatchObject(refused);
    await expect(store.delete('out/secret')).rejects.toMatchObject(refused);
    await expect(store.stat('out/secret')).rejects.toMatchObject(refused);
    expect(await readdir(join(folder.path, 'outside'))).toEqual(['secret']);
    await store.upload(source, 'in/a');
    expect(await readFile(join(bucket, 'uploads', 'a'), 'utf8')).toBe('content');
  });

  test('a folder that is itself reached by a link works', async () => {
    await symlink(bucket, join(folder.path, 'alias'));
    const alias = await openStorage(`file:${join(folder.path, 'alias')}`, TEST_STORAGE_OPTIONS);
    await alias.upload(source, 'uploads/a');
    expect(await store.stat('uploads/a')).toMatchObject({ bytes: 7 });
  });

  test('a key below an object, or with too long a part, cannot be written', async () => {
    await store.upload(source, 'uploads/a');
    for (const key of ['uploads/a/b', 'uploads', `uploads/${'x'.repeat(256)}`]) {
      await expect(store.upload(source, key)).rejects.toMatchObject({ code: 'KC_STORAGE_KEY' });
      expect(await store.stat(key)).toBeUndefined();
      await expect(store.download(key, join(folder.path, 'x'))).rejects.toMatchObject({ code: 'KC_STORAGE_NOT_FOUND' });
    }
    expect(await readdir(join(bucket, 'uploads'))).toEqual(['a']);
  });

  test('a process that is killed in the middle of an upload leaves no object, and the old one as it was', async () => {
    const large = join(folder.path, 'large');
    await writeFile(large, Buffer.alloc(5_000_000, 1));
    await store.upload(source, 'output/old.zip');
    for (const key of ['output/old.zip', 'output/new.zip']) {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', UPLOAD_AND_HANG, `file:${bucket}`, large, key],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(await store.stat('output/new.zip')).toBeUndefined();
    expect(await readFile(join(bucket, 'output', 'old.zip'), 'utf8')).toBe('content');
    const keys: string[] = [];
    for await (const { key } of store.list('output/')) keys.push(key);
    expect(keys).toEqual(['output/old.zip']);
    // The two halves are there, under names that are no keys.
    const parts = async () => (await readdir(join(bucket, 'output'))).filter((name) => name.endsWith('.part'));
    expect(await parts()).toHaveLength(2);
    // Each goes with the object that it was to become.
    await store.delete('output/new.zip');
    expect(await parts()).toHaveLength(1);
    await store.delete('output/old.zip');
    expect(await readdir(join(bucket, 'output'))).toEqual([]);
  });
});

/** Runs what is built, as a process of its own can only do that; says when bytes have moved, then moves no more. */
const UPLOAD_AND_HANG = `
  const { openStorage } = await import(${JSON.stringify(new URL('../../dist/src/storage/open.js', import.meta.url).href)});
  const [url, file, key] = process.argv.slice(1);
  const store = await openStorage(url, ${JSON.stringify(TEST_STORAGE_OPTIONS)});
  let moved = 0;
  await store.upload(file, key, {
    onBytes(bytes) {
      moved += bytes;
      if (moved < 1000000) return;
      process.stdout.write('moved');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
    },
  });
`;
