import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openStorage } from '../../src/storage/open.js';
import { describeStorage, readUrl, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import { startGcsServer } from '../support/gcs-server.js';
import type { GcsServer } from '../support/gcs-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describeStorage('gs: (own test server)', async () => {
  const server = await startGcsServer({ bucket: 'jobs', openToAll: true });
  const store = await openStorage(`gs://jobs?apiEndpoint=${server.endpoint}`, TEST_STORAGE_OPTIONS);
  const close = async (): Promise<void> => {
    await store.close();
    await server.close();
  };
  return { store, close };
});

describe('gs:', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const before = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  let server: GcsServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startGcsServer({ bucket: 'jobs', publicKey });
    await writeFile(join(folder.path, 'a'), 'content');
  });

  afterAll(async () => {
    if (before === undefined) delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    else process.env['GOOGLE_APPLICATION_CREDENTIALS'] = before;
    await server.close();
    await folder.remove();
  });

  /** What `GOOGLE_APPLICATION_CREDENTIALS` points to. */
  const useCredentials = async (credentials: object): Promise<void> => {
    const file = join(folder.path, 'credentials.json');
    await writeFile(file, JSON.stringify(credentials));
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = file;
  };

  test('a key file signs URLs that open their own object only', async () => {
    await useCredentials({
      type: 'service_account',
      project_id: 'test',
      client_email: 'worker@test.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    // Requests stay without credentials: exchanging them for a token would need Google.
    const writer = await openStorage(`gs://jobs?apiEndpoint=${server.endpoint}`, TEST_STORAGE_OPTIONS);
    await writer.upload(join(folder.path, 'a'), 'output/a b,ä.zip');
    await writer.upload(join(folder.path, 'a'), 'output/b.zip');
    const signer = await openStorage(`gs://jobs?apiEndpoint=${server.endpoint}&anonymous=false`, TEST_STORAGE_OPTIONS);
    const url = await signer.urlFor('output/a b,ä.zip');
    expect(Number(new URL(url).searchParams.get('X-Goog-Expires'))).toBeGreaterThanOrEqual(259_199);
    expect((await readUrl(url)).toString()).toBe('content');
    await expect(readUrl(url.replace(/a%20b[^?]*/, 'b.zip'))).rejects.toThrow(/^403 .*signature does not match/s);
    await expect(readUrl(url.replace(/\?.*/, ''))).rejects.toThrow(/^403 .*Anonymous/s);
  });

  test('credentials that cannot sign are told, with the ways out', async () => {
    await useCredentials({
      type: 'authorized_user',
      client_id: 'x',
      client_secret: 'hunter2',
      refresh_token: 'hunter2',
    });
    const store = await openStorage('gs://jobs', TEST_STORAGE_OPTIONS);
    const error: unknown = await store.urlFor('output/a.zip').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'KC_STORAGE_DENIED',
      message: expect.stringMatching(/^The credentials for gs:\/\/jobs cannot sign a URL/),
      facts: { hint: expect.stringMatching(/serviceAccountTokenCreator.*publicRead/) },
    });
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('hunter2');
  });

  test('with publicRead results are uploaded public, and their URL is the plain one', async () => {
    const options = { ...TEST_STORAGE_OPTIONS, publicRead: true };
    const store = await openStorage(`gs://jobs?apiEndpoint=${server.endpoint}`, options);
    await store.upload(join(folder.path, 'a'), 'output/public ~1.zip');
    const url = await store.urlFor('output/public ~1.zip');
    expect(url).toBe(`${server.endpoint}/jobs/output/public%20~1.zip`);
    expect((await readUrl(url)).toString()).toBe('content');
    const google = await openStorage('gs://jobs', options);
    expect(await google.urlFor('output/a.zip')).toBe('https://storage.googleapis.com/jobs/output/a.zip');
  });

  test('what is larger than 8 MiB goes up in a resumable session', async () => {
    const store = await openStorage(`gs://jobs?apiEndpoint=${server.endpoint}`, TEST_STORAGE_OPTIONS);
    const kindsFor = async (bytes: number): Promise<string[]> => {
      const from = server.requests.length;
      await writeFile(join(folder.path, 'sized'), randomBytes(bytes));
      await store.upload(join(folder.path, 'sized'), 'output/sized.zip');
      return server.requests.slice(from).map((request) => /uploadType=(\w+)/.exec(request)?.[1] ?? request);
    };
    expect(await kindsFor(8 * 1024 * 1024)).toEqual(['multipart']);
    expect(await kindsFor(8 * 1024 * 1024 + 1)).toEqual(['resumable', 'resumable']);
  });

  test('a bucket that does not exist is told as such, and waited for', async () => {
    const store = await openStorage(`gs://nowhere?apiEndpoint=${server.endpoint}`, TEST_STORAGE_OPTIONS);
    const missing = {
      code: 'KC_STORAGE_UNREACHABLE',
      retry: 'wait',
      message: expect.stringMatching(/^The bucket gs:\/\/nowhere does not exist/),
    };
    await expect(store.stat('a/b')).rejects.toMatchObject(missing);
    await expect(store.download('a/b', join(folder.path, 'x'))).rejects.toMatchObject(missing);
    await expect(store.upload(join(folder.path, 'a'), 'a/b')).rejects.toMatchObject(missing);
  });
});
