import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';

import type { ObjectStore } from '../../src/storage/contract.js';
import { openStorage } from '../../src/storage/open.js';
import { TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { requireTool } from '../support/require-tool.js';
import type { S3Peer } from '../support/s3-peer.js';
import { clientOf, startSwift } from '../support/swift-s3.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Three parts. */
const BYTES = 20_000_000;
const SLOW: Fault = { kind: 'status', status: 503, body: '<Error><Code>SlowDown</Code></Error>' };
const NO_UPLOAD: Fault = { kind: 'status', status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' };

const isPart = ({ method }: IncomingMessage): boolean => method === 'PUT';
const isAbort = ({ method }: IncomingMessage): boolean => method === 'DELETE';
const isCompletion = ({ method, url }: IncomingMessage): boolean => method === 'POST' && !!url?.includes('uploadId=');

if (requireTool('swift') && requireTool('memcached')) {
  describe('an upload in parts', () => {
    const content = randomBytes(BYTES);
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let peer: S3Peer;
    let direct: S3Client;
    let proxy: FaultProxy;
    let store: ObjectStore;
    let source: string;

    beforeAll(async () => {
      folder = await temporaryFolder();
      source = join(folder.path, 'source');
      await writeFile(source, content);
      peer = await startSwift('jobs');
      direct = clientOf(peer);
      proxy = await startFaultProxy(peer.endpoint);
      const { accessKeyId, secretAccessKey } = peer;
      const options = { ...TEST_STORAGE_OPTIONS, aws: { accessKeyId, secretAccessKey } };
      store = await openStorage(`s3://jobs?endpoint=${proxy.endpoint}`, options);
    }, 60_000);
    beforeEach(() => proxy.inject([]));
    afterAll(async () => {
      await store?.close();
      await proxy?.close();
      direct?.destroy();
      await peer?.close();
      await folder.remove();
    });

    const openUploads = async (): Promise<number> =>
      (await direct.send(new ListMultipartUploadsCommand({ Bucket: 'jobs' }))).Uploads?.length ?? 0;

    test('leaves neither an object nor parts when it fails', async () => {
      const resets = Array<Fault>(8).fill({ kind: 'cut-request', after: 1_000_000 });
      proxy.inject(resets, isPart);
      await expect(store.upload(source, 'output/a.zip')).rejects.toMatchObject({ code: 'KC_STORAGE_UNREACHABLE' });
      expect(proxy.count()).toBe(TEST_STORAGE_OPTIONS.maxAttempts);
      expect(await openUploads()).toBe(0);
      expect(await store.stat('output/a.zip')).toBeUndefined();
    });

    test('leaves neither when it is stopped, even if the bucket refuses the first requests to clean up', async () => {
      const stop = new AbortController();
      let openMeanwhile = 0;
      const onBytes = (): void => {
        void openUploads().then((count) => {
          openMeanwhile = count;
          proxy.inject([SLOW, SLOW], isAbort);
          stop.abort();
        });
      };
      await expect(store.upload(source, 'output/b.zip', { signal: stop.signal, onBytes })).rejects.toMatchObject({
        code: 'KC_ABORTED',
      });
      expect(openMeanwhile).toBe(1);
      expect(proxy.count()).toBe(3);
      expect(await openUploads()).toBe(0);
      expect(await store.stat('output/b.zip')).toBeUndefined();
    });

    test.each([
      ['and the next is told that it has been done', []],
      ['and the next is told that there is no such upload', [NO_UPLOAD]],
    ])('has succeeded when only the answer to its last request was lost, %s', async (_, faults) => {
      proxy.inject([{ kind: 'cut', after: 0 }, ...faults], isCompletion);
      await store.upload(source, 'output/c.zip');
      expect(proxy.count()).toBe(2);
      await store.download('output/c.zip', join(folder.path, 'target'));
      expect((await readFile(join(folder.path, 'target'))).equals(content)).toBe(true);
      expect(await openUploads()).toBe(0);
      await store.delete('output/c.zip');
    });

    test('has failed when there is no such upload and no object of its size either', async () => {
      proxy.inject([SLOW, NO_UPLOAD], isCompletion);
      await expect(store.upload(source, 'output/d.zip')).rejects.toMatchObject({
        code: 'KC_STORAGE_UNREACHABLE',
        message: expect.stringContaining('NoSuchUpload'),
      });
      expect(await openUploads()).toBe(0);
    });
  });
}
