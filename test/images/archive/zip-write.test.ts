import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Entry, open, type Options, type ZipFile } from 'yauzl';
import { safeEntryName } from '../../../src/images/archive/entry-name.js';
import { zipFiles } from '../../../src/images/archive/zip-write.js';
import { encodeTiff } from '../../../src/images/tiff/write.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: { path: string; remove(): Promise<void> };
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => await folder.remove());

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
}

interface Unpacked {
  readonly name: string;
  readonly method: number;
  readonly bytes: Buffer;
}

async function unpack(file: string): Promise<Unpacked[]> {
  const zip = await promisify<string, Options, ZipFile>(open)(file, { lazyEntries: true, autoClose: false });
  try {
    const unpacked: Unpacked[] = [];
    for (;;) {
      zip.readEntry();
      const [entry] = (await Promise.race([once(zip, 'entry'), once(zip, 'end')])) as [Entry?];
      if (entry === undefined) return unpacked;
      const stream = await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
      unpacked.push({ name: entry.fileName, method: entry.compressionMethod, bytes: await buffer(stream) });
    }
  } finally {
    zip.close();
  }
}

const STORED = 0;
const DEFLATED = 8;

describe('packing results', () => {
  test('files come out as they went in; what is compressed already is stored', async () => {
    const image = { shape: [40, 40], data: new Float32Array(1600) };
    const files = [
      ['dir/Zellkerne ü_feature_0.tif', put('raw.tif', encodeTiff(image, { compression: 'none' })), DEFLATED],
      ['dir/b.tif', put('deflate.tif', encodeTiff(image)), STORED],
      ['table.csv', put('table.csv', 'label\n1\n'), DEFLATED],
      ['empty.txt', put('empty.txt', ''), DEFLATED],
      ['not-a-tiff.bin', put('II.bin', 'II is no TIFF'), DEFLATED],
    ] as const;
    const target = join(folder.path, 'result.zip');
    await zipFiles(
      files.map(([name, file]) => ({ name, file })),
      target,
    );
    const unpacked = await unpack(target);
    expect(unpacked.map(({ name, method }) => [name, method])).toEqual(files.map(([name, , method]) => [name, method]));
    files.forEach(([, file], index) => expect(unpacked[index]!.bytes).toEqual(readFileSync(file)));
  });

  test('the same files make the same archive', async () => {
    const entries = [{ name: 'a.txt', file: put('a.txt', 'text') }];
    const [first, second] = [join(folder.path, '1.zip'), join(folder.path, '2.zip')];
    await zipFiles(entries, first);
    writeFileSync(join(folder.path, 'a.txt'), 'text');
    await zipFiles(entries, second);
    expect(readFileSync(second)).toEqual(readFileSync(first));
  });

  test('two files of one name are refused, also when only the made-safe names are equal', async () => {
    const file = put('a.txt', 'text');
    const target = join(folder.path, 'twice.zip');
    const entries = [
      { name: 'x/a.txt', file },
      { name: '/x/../x/a.txt'.replace('../x/', ''), file },
    ];
    await expect(zipFiles(entries, target)).rejects.toMatchObject({ code: 'KC_INTERNAL' });
    expect(existsSync(target)).toBe(false);
  });

  test('a missing file leaves no archive behind', async () => {
    const target = join(folder.path, 'missing.zip');
    const entries = [
      { name: 'a.txt', file: put('a.txt', 'text') },
      { name: 'b.txt', file: join(folder.path, 'absent') },
    ];
    await expect(zipFiles(entries, target)).rejects.toMatchObject({
      message: 'missing.zip: cannot be written (ENOENT)',
    });
    expect(existsSync(target)).toBe(false);
  });

  test('an aborted archive is removed and told as aborted', async () => {
    const target = join(folder.path, 'aborted.zip');
    const stop = new AbortController();
    const packing = zipFiles([{ name: 'a', file: put('a', new Uint8Array(30_000_000)) }], target, {
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 5);
    await expect(packing).rejects.toMatchObject({ code: 'KC_ABORTED' });
    expect(existsSync(target)).toBe(false);
  });
});

describe('names in archives', () => {
  test.each([
    ['plain.tif', 'plain.tif'],
    ['dir/sub/ü ñ 細胞.tif', 'dir/sub/ü ñ 細胞.tif'],
    ['/etc/passwd', 'etc/passwd'],
    ['../../up.tif', 'up.tif'],
    ['a/../../b.tif', 'a/b.tif'],
    ['..\\..\\windows.tif', 'windows.tif'],
    ['C:\\data\\x.tif', 'data/x.tif'],
    ['C:x.tif', 'C_x.tif'],
    ['//server/share/x.tif', 'server/share/x.tif'],
    ['a\u0000b\n.tif', 'ab.tif'],
    ['./a/./b.tif', 'a/b.tif'],
    ['a//b.tif', 'a/b.tif'],
    ['. ./x', '. ./x'],
    ['...', 'unnamed'],
    ['', 'unnamed'],
    ['a,b:c%d.tif', 'a,b:c%d.tif'],
  ])('%j becomes %j', (name, safe) => {
    expect(safeEntryName(name)).toBe(safe);
  });

  test('a part too long for a file system keeps its end, which tells it from the others', () => {
    const safe = safeEntryName(`dir/${'細'.repeat(200)}_feature_0.tif`);
    expect(Buffer.byteLength(safe.split('/')[1]!)).toBeLessThanOrEqual(255);
    expect(safe).toMatch(/^dir\/細+_feature_0\.tif$/u);
  });
});
