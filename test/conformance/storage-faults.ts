import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';

import type { ObjectStore, StorageOptions, StorageRetryEvent } from '../../src/storage/contract.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import type { Fault, FaultProxy } from '../support/fault-proxy.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { TEST_STORAGE_OPTIONS } from './storage.js';

export interface FaultySubject {
  /** The server to stand before. */
  readonly endpoint: string;
  /** A body that the server gives with 503 and 403. */
  readonly slowDown: string;
  readonly denied: string;
  /** Is this the request that carries an object's body down? */
  readonly isDownload: (request: IncomingMessage) => boolean;
  open(endpoint: string, options: StorageOptions): Promise<ObjectStore>;
  close(): Promise<void>;
}

const BYTES = 300_000;
/** More than goes in one request. */
const LARGE_BYTES = 20_000_000;

const carriesBody = ({ method }: IncomingMessage): boolean => method === 'PUT' || method === 'POST';

/**
 * What every store that is reached over a network does when the network or the server fails.
 * @param writesInPlace the test server, unlike what it stands for, writes over the object while the request still comes
 */
export function describeStorageFaults(
  name: string,
  start: () => Promise<FaultySubject>,
  { writesInPlace = false }: { readonly writesInPlace?: boolean } = {},
): void {
  describe(`${name} when things fail`, () => {
    let subject: FaultySubject;
    let proxy: FaultProxy;
    let store: ObjectStore;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    const retries: StorageRetryEvent[] = [];
    const onRetry = (event: StorageRetryEvent): number => retries.push(event);
    const content = randomBytes(BYTES);
    const target = (): string => join(folder.path, 'target');

    const download = async (faults: readonly Fault[], signal?: AbortSignal): Promise<void> => {
      proxy.inject(faults, subject.isDownload);
      retries.length = 0;
      await store.download('uploads/a.bin', target(), signal === undefined ? {} : { signal });
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      subject = await start();
      proxy = await startFaultProxy(subject.endpoint);
      const options = { ...TEST_STORAGE_OPTIONS, stallTimeoutMs: 400, onRetry };
      store = await subject.open(proxy.endpoint, options);
      await writeFile(join(folder.path, 'source'), content);
      await store.upload(join(folder.path, 'source'), 'uploads/a.bin');
    }, 60_000);

    afterAll(async () => {
      await store?.close();
      await proxy?.close();
      await subject?.close();
      await folder.remove();
    });

    const passing: readonly (readonly [string, readonly Fault[]])[] = [
      ['a reset connection', [{ kind: 'reset' }]],
      ['a body that is cut off', [{ kind: 'cut', after: 100_000 }]],
      ['a body that ends early without an error', [{ kind: 'shorten', after: 100_000 }]],
      ['a body with one wrong byte', [{ kind: 'corrupt', after: 100_000 }]],
      ['a body that stops in the middle', [{ kind: 'stall', after: 100_000 }]],
      ['a body that comes drop by drop', [{ kind: 'drip', after: 100_000 }]],
      ['a server that says nothing', [{ kind: 'silence' }]],
      [
        'a cut body, then a corrupt one',
        [
          { kind: 'cut', after: 7 },
          { kind: 'corrupt', after: BYTES - 1 },
        ],
      ],
    ];
    test.each(passing)('%s is met by another attempt', async (_title, faults) => {
      await download(faults);
      expect((await readFile(target())).equals(content)).toBe(true);
      expect(proxy.count()).toBe(faults.length + 1);
      expect(retries).toHaveLength(faults.length);
      expect(await readdir(folder.path)).not.toContain('target.part');
    });

    test('throttling is waited out, and told', async () => {
      const slow: Fault = { kind: 'status', status: 503, body: subject.slowDown };
      await download([slow, slow, slow]);
      expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(retries[0]).toMatchObject({ address: store.address, what: 'read "uploads/a.bin"' });
      expect(retries[0]?.answer).toMatch(/503|SlowDown|slow/i);
      expect(retries.every(({ delayMs }) => delayMs <= TEST_STORAGE_OPTIONS.maxBackoffMs)).toBe(true);
    });

    test('after the last attempt the job may wait for the bucket', async () => {
      const slow: Fault = { kind: 'status', status: 503, body: subject.slowDown };
      await expect(download([slow, slow, slow, slow, slow])).rejects.toMatchObject({
        code: 'KC_STORAGE_UNREACHABLE',
        retry: 'wait',
        message: expect.stringContaining('after 4 attempts'),
      });
      expect(proxy.count()).toBe(4);
    });

    test('a refusal is not repeated and names the way out', async () => {
      await expect(download([{ kind: 'status', status: 403, body: subject.denied }])).rejects.toMatchObject({
        code: 'KC_STORAGE_DENIED',
        retry: 'never',
        facts: { hint: expect.stringMatching(/^check (?:AWS_ACCESS_KEY_ID|GOOGLE_APPLICATION_CREDENTIALS)/) },
      });
      expect(proxy.count()).toBe(1);
    });

    test('an upload goes through one that fails', async () => {
      const faults: Fault[] = [{ kind: 'status', status: 503, body: subject.slowDown }, { kind: 'reset' }];
      proxy.inject(faults, carriesBody);
      await store.upload(join(folder.path, 'source'), 'uploads/b.bin');
      expect(proxy.count()).toBe(3);
      expect((await store.stat('uploads/b.bin'))?.bytes).toBe(BYTES);
    });

    test.each([
      ['a small', BYTES],
      ['a large', LARGE_BYTES],
    ])('%s upload that is reset in the middle goes through at the next attempt', async (size, bytes) => {
      const key = `uploads/${size}.bin`;
      await writeFile(join(folder.path, 'sent'), randomBytes(bytes));
      proxy.inject([{ kind: 'cut-request', after: bytes / 10 }], carriesBody);
      await store.upload(join(folder.path, 'sent'), key);
      await store.download(key, target());
      expect((await readFile(target())).equals(await readFile(join(folder.path, 'sent')))).toBe(true);
    });

    if (!writesInPlace) {
      test('an upload that is reset each time leaves the object that was there, and none where there was none', async () => {
        await writeFile(join(folder.path, 'sent'), randomBytes(BYTES));
        await store.upload(join(folder.path, 'source'), 'uploads/old.bin');
        for (const key of ['uploads/old.bin', 'uploads/new.bin']) {
          proxy.inject(Array<Fault>(4).fill({ kind: 'cut-request', after: BYTES / 2 }), carriesBody);
          await expect(store.upload(join(folder.path, 'sent'), key)).rejects.toMatchObject({
            code: 'KC_STORAGE_UNREACHABLE',
            retry: 'wait',
          });
        }
        await store.download('uploads/old.bin', target());
        expect((await readFile(target())).equals(content)).toBe(true);
        expect(await store.stat('uploads/new.bin')).toBeUndefined();
      });
    }

    test('a body that drips in can be aborted at once', async () => {
      const controller = new AbortController();
      const running = download([{ kind: 'drip', after: 10 }], controller.signal);
      const abort = setTimeout(() => controller.abort(), 300);
      const before = performance.now();
      await expect(running).rejects.toMatchObject({ code: 'KC_ABORTED' });
      clearTimeout(abort);
      expect(performance.now() - before).toBeLessThan(1500);
      expect(await readdir(folder.path)).not.toContain('target.part');
    });

    test('a server that is not there is unreachable, and no secret is told', async () => {
      const lost = await startFaultProxy(subject.endpoint);
      await lost.close();
      const gone = await subject.open(lost.endpoint, { ...TEST_STORAGE_OPTIONS, maxAttempts: 2 });
      const error: unknown = await gone.stat('uploads/a.bin').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'KC_STORAGE_UNREACHABLE', retry: 'wait' });
      expect(String(error)).toContain('ECONNREFUSED');
      await gone.close();
    });

    test('a full disk is told as such, and not repeated', async () => {
      await symlink('/dev/full', join(folder.path, 'full.part'));
      proxy.inject([], subject.isDownload);
      await expect(store.download('uploads/a.bin', join(folder.path, 'full'))).rejects.toMatchObject({
        code: 'KC_STORAGE_FULL',
        retry: 'never',
      });
      expect(proxy.count()).toBe(1);
    });
  });
}
