import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { StorageOptions } from '../../src/storage/contract.js';
import { openStorage } from '../../src/storage/open.js';
import { describeStorage, readUrl, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import type { StorageUnderTest } from '../conformance/storage.js';
import { requireTool } from '../support/require-tool.js';
import type { S3Peer } from '../support/s3-peer.js';
import { startS3rver } from '../support/s3rver.js';
import { startSwift } from '../support/swift-s3.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SECRETS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'hunter2hunter2' };

const withKeys = ({ accessKeyId, secretAccessKey }: typeof SECRETS): StorageOptions => ({
  ...TEST_STORAGE_OPTIONS,
  aws: { accessKeyId, secretAccessKey },
});

async function openPeer(peer: S3Peer): Promise<StorageUnderTest> {
  const store = await openStorage(`s3://${peer.bucket}?endpoint=${peer.endpoint}`, withKeys(peer));
  const close = async (): Promise<void> => {
    await store.close();
    await peer.close();
  };
  return { store, close };
}

describeStorage('s3: (s3rver)', async () => await openPeer(await startS3rver('jobs')));

if (requireTool('swift') && requireTool('memcached')) {
  describeStorage('s3: (swift)', async () => await openPeer(await startSwift('jobs')));

  describe('s3: at a server that checks signatures', () => {
    let peer: S3Peer;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;

    beforeAll(async () => {
      folder = await temporaryFolder();
      peer = await startSwift('strict');
      await writeFile(join(folder.path, 'a'), 'content');
    }, 60_000);

    afterAll(async () => {
      await peer?.close();
      await folder.remove();
    });

    test('a wrong secret is denied, with the way out and without the secret', async () => {
      const options = withKeys({ ...SECRETS, accessKeyId: peer.accessKeyId });
      const store = await openStorage(`s3://strict?endpoint=${peer.endpoint}`, options);
      const error: unknown = await store.upload(join(folder.path, 'a'), 'a/b').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'KC_STORAGE_DENIED',
        message: expect.stringContaining('SignatureDoesNotMatch'),
        facts: { hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY') },
      });
      expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('hunter2');
      await store.close();
    });

    test('a signed URL opens its own object only, and nothing is open without one', async () => {
      const { store } = await openPeer(peer);
      await store.upload(join(folder.path, 'a'), 'output/a.zip');
      await store.upload(join(folder.path, 'a'), 'output/b.zip');
      const url = await store.urlFor('output/a.zip');
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('259200');
      expect((await readUrl(url)).toString()).toBe('content');
      await expect(readUrl(url.replace('a.zip', 'b.zip'))).rejects.toThrow(/^403/);
      await expect(readUrl(url.replace(/\?.*/, ''))).rejects.toThrow(/^40[03]/);
      await store.close();
    });

    test('a bucket that does not exist is told as such, and waited for', async () => {
      const store = await openStorage(`s3://nowhere?endpoint=${peer.endpoint}`, withKeys(peer));
      const missing = {
        code: 'KC_STORAGE_UNREACHABLE',
        retry: 'wait',
        message: expect.stringMatching(/^The bucket s3:\/\/nowhere does not exist/),
      };
      await expect(store.stat('a/b')).rejects.toMatchObject(missing);
      await expect(store.download('a/b', join(folder.path, 'x'))).rejects.toMatchObject(missing);
      await expect(store.upload(join(folder.path, 'a'), 'a/b')).rejects.toMatchObject(missing);
      await store.close();
    });
  });
}

describe('s3: without a server', () => {
  test.each([
    ['s3://jobs', 'us-east-1', 'https://s3.amazonaws.com/jobs/output/a%20b~c.zip'],
    ['s3://jobs', 'eu-west-1', 'https://s3.eu-west-1.amazonaws.com/jobs/output/a%20b~c.zip'],
    ['s3://jobs?region=us-west-2', 'eu-west-1', 'https://s3.us-west-2.amazonaws.com/jobs/output/a%20b~c.zip'],
    ['s3://jobs?endpoint=http://minio:9000', 'eu-west-1', 'http://minio:9000/jobs/output/a%20b~c.zip'],
    ['s3://jobs?endpoint=http://minio&pathStyle=false', 'eu-west-1', 'http://jobs.minio/output/a%20b~c.zip'],
  ])('public results of %s (%s) are at %s', async (url, region, expected) => {
    expect(await urlOf(url, { publicRead: true, aws: inRegion(region) })).toBe(expected);
  });

  test('private results are signed for the region, with a session token where there is one', async () => {
    const url = new URL(await urlOf('s3://jobs', { aws: { ...inRegion('eu-west-1'), sessionToken: 'TOKEN' } }));
    expect(url.host).toBe('jobs.s3.eu-west-1.amazonaws.com');
    expect(url.pathname).toBe('/output/a%20b~c.zip');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^AKIAEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request$/);
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('TOKEN');
    expect(url.href).not.toContain('hunter2');
  });

  test('without any word of a region it is us-east-1', async () => {
    const saved = { ...process.env };
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) delete process.env[name];
    Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
    try {
      expect(await urlOf('s3://jobs', { publicRead: true })).toMatch(/^https:\/\/s3\.amazonaws\.com\/jobs\//);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
      Object.assign(process.env, saved);
    }
  });

  test('placeholders and half a pair of keys count as absent: the default chain is asked', async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'FROMCHAIN', AWS_SECRET_ACCESS_KEY: 'x' };
    Object.assign(process.env, environment);
    try {
      for (const given of [{ accessKeyId: 'specify_me', secretAccessKey: 'specify_me' }, { accessKeyId: 'HALF' }]) {
        const url = new URL(await urlOf('s3://jobs', { aws: { region: 'us-east-1', ...given } }));
        expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^FROMCHAIN\//);
      }
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name];
    }
  });
});

async function urlOf(url: string, options: Partial<StorageOptions>): Promise<string> {
  const store = await openStorage(url, { ...withKeys(SECRETS), ...options });
  const result = await store.urlFor('output/a b~c.zip');
  await store.close();
  return result;
}

function inRegion(region: string): NonNullable<StorageOptions['aws']> {
  return { ...SECRETS, region };
}
