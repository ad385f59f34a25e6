import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { extractEntries, type ArchiveLimits } from '../../../src/images/archive/zip-extract.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const LIMITS: ArchiveLimits = { maxEntries: 10, maxEntryBytes: 100_000, maxTotalBytes: 150_000 };
const EVERYTHING = { limits: LIMITS, wanted: () => true };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => void (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());

describe('extractEntries', () => {
  test('unpacks the wanted entries, in order, under names of its own', async () => {
    const archive = await pack({ 'a/one.tif': 'first', 'two.txt': 'second', three: 'third' });
    const entries = await extractEntries(archive, folder.path, { limits: LIMITS, wanted: (name) => name !== 'three' });
    expect(entries.map(({ name }) => name)).toEqual(['a/one.tif', 'two.txt']);
    expect(entries.map(({ file }) => file)).toEqual([
      join(folder.path, 'entry-0.tif'),
      join(folder.path, 'entry-1.txt'),
    ]);
    expect(await readFile(entries[0]!.file, 'utf8')).toBe('first');
  });

  test('gives nothing for an archive without entries', async () => {
    expect(await extractEntries(await pack({}), folder.path, EVERYTHING)).toEqual([]);
  });

  test.each(['../escape.tif', '/etc/passwd', 'C:/windows.tif', 'a\\b.tif'])(
    'refuses the entry name %s',
    async (evil) => {
      const plain = 'n'.repeat(evil.length);
      const archive = await patched(await pack({ [plain]: 'x' }), (bytes) => replaceAll(bytes, plain, evil));
      await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toMatchObject({
        code: 'KC_IMAGE_UNREADABLE',
      });
    },
  );

  test('refuses one name given twice', async () => {
    const archive = await patched(await pack({ 'a.tif': '1', 'b.tif': '2' }), (bytes) =>
      replaceAll(bytes, 'b.tif', 'a.tif'),
    );
    await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toThrow('names the entry "a.tif" twice');
  });

  test('refuses more entries than the limit', async () => {
    const archive = await pack(Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`${i}.tif`, 'x'])));
    await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toThrow(
      'has 11 entries; at most 10 are accepted',
    );
  });

  test('refuses an entry that is too large, and entries that are too large together', async () => {
    const large = await pack({ 'large.tif': Buffer.alloc(100_001) });
    await expect(extractEntries(large, folder.path, EVERYTHING)).rejects.toThrow(
      'unpacks the entry "large.tif" to 100001 bytes; the limit is 100000',
    );
    const many = await pack({ 'a.tif': Buffer.alloc(80_000), 'b.tif': Buffer.alloc(80_000) });
    await expect(extractEntries(many, folder.path, EVERYTHING)).rejects.toThrow('unpacks to more than 150000 bytes');
  });

  test('refuses an entry that unpacks to more than it announces', async () => {
    const archive = await patched(await pack({ 'a.tif': Buffer.alloc(90_000, 'ab') }), (bytes) =>
      bytes.writeUInt32LE(500, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 24),
    );
    await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toThrow('is damaged at the entry "a.tif"');
  });

  test('refuses sizes that deflate cannot reach', async () => {
    const archive = await patched(await pack({ 'a.tif': 'x' }), (bytes) =>
      bytes.writeUInt32LE(90_000, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 24),
    );
    await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toThrow('which cannot be');
  });

  test('refuses an encrypted entry and an unknown method', async () => {
    const encrypted = await patched(await pack({ 'a.tif': 'x' }), (bytes) => {
      const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
      bytes.writeUInt16LE(bytes.readUInt16LE(directory + 8) | 1, directory + 8);
    });
    await expect(extractEntries(encrypted, folder.path, EVERYTHING)).rejects.toThrow(
      'is encrypted (the entry "a.tif")',
    );
    const lzma = await patched(await pack({ 'a.tif': 'x' }), (bytes) =>
      bytes.writeUInt16LE(14, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 10),
    );
    await expect(extractEntries(lzma, folder.path, EVERYTHING)).rejects.toThrow('by method 14');
  });

  test('refuses a wrong checksum', async () => {
    const archive = await patched(await pack({ 'a.tif': 'content' }), (bytes) =>
      bytes.writeUInt32LE(7, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 16),
    );
    await expect(extractEntries(archive, folder.path, EVERYTHING)).rejects.toThrow(
      'the checksum of the entry "a.tif" is wrong',
    );
  });

  test('refuses what is no archive, or only the first half of one', async () => {
    const file = join(folder.path, 'no.zip');
    await writeFile(file, 'not a zip archive at all');
    await expect(extractEntries(file, folder.path, EVERYTHING)).rejects.toThrow('no.zip: is not a sound zip archive');
    const whole = await readFile(await pack({ 'a.tif': Buffer.alloc(5000, 'abc') }));
    await writeFile(file, whole.subarray(0, whole.length / 2));
    await expect(extractEntries(file, folder.path, EVERYTHING)).rejects.toMatchObject({ code: 'KC_IMAGE_UNREADABLE' });
  });
});

let packed = 0;

async function pack(entries: Record<string, string | Buffer>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content as Buffer), name);
  zip.end();
  const file = join(folder.path, `archive-${packed++}.zip`);
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

async function patched(archive: string, patch: (bytes: Buffer) => void): Promise<string> {
  const bytes = await readFile(archive);
  patch(bytes);
  await writeFile(archive, bytes);
  return archive;
}

/** In the local header and in the directory alike. */
function replaceAll(bytes: Buffer, from: string, to: string): void {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1');
}
