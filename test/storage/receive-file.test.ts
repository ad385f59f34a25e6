import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { md5Check, receiveFile } from '../../src/storage/receive-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const calm = { signal: new AbortController().signal, alive: (): void => undefined };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => await folder.remove());

test('a body that is what was announced becomes the file', async () => {
  const md5 = createHash('md5').update('content').digest('hex');
  const counted: number[] = [];
  const incoming = { body: Readable.from([Buffer.from('con'), Buffer.from('tent')]), bytes: 7, check: md5Check(md5) };
  await receiveFile(incoming, join(folder.path, 'a'), calm, (bytes) => counted.push(bytes));
  expect(await readFile(join(folder.path, 'a'), 'utf8')).toBe('content');
  expect(await readdir(folder.path)).toEqual(['a']);
  expect(counted).toEqual([3, 4]);
});

test.each([
  ['too short', { bytes: 8 }, /TRUNCATED|ended after 7 of 8/],
  ['too long', { bytes: 6 }, /ended after 7 of 6/],
  ['another one', { bytes: 7, check: md5Check('0'.repeat(32)) }, /announced was 0000/],
])('a body that is %s leaves nothing', async (_title, promised, message) => {
  const body = Readable.from([Buffer.from('content')]);
  await expect(receiveFile({ body, ...promised }, join(folder.path, 'a'), calm)).rejects.toThrow(message);
  expect(await readdir(folder.path)).toEqual([]);
});

test('a body that fails before it is read ends the transfer, not the process', async () => {
  const body = new Readable({ read: () => undefined });
  body.destroy(new TypeError('gone before the file was open'));
  await expect(receiveFile({ body }, join(folder.path, 'a'), calm)).rejects.toThrow();
  expect(await readdir(folder.path)).toEqual([]);
});

test('a body that nobody can take is let go', async () => {
  await mkdir(join(folder.path, 'a.part'));
  for (const [file, signal, message] of [
    ['a', calm.signal, /^The local file .* cannot be written: EISDIR/],
    ['b', AbortSignal.abort(), /aborted/],
  ] as const) {
    const body = new Readable({ read: () => undefined });
    await expect(receiveFile({ body }, join(folder.path, file), { ...calm, signal })).rejects.toThrow(message);
    expect(body.destroyed).toBe(true);
  }
});
