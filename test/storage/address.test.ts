import { describe, expect, test } from '@jest/globals';
import { resolve } from 'node:path';

import { parseStorageUrl } from '../../src/storage/address.js';
import type { ObjectStore } from '../../src/storage/contract.js';
import { openStorage } from '../../src/storage/open.js';
import { TEST_STORAGE_OPTIONS } from '../conformance/storage.js';

describe('a storage URL', () => {
  test.each([
    ['s3://jobs', { scheme: 's3', bucket: 'jobs', pathStyle: false, checksums: 'when-supported' }],
    ['S3://jobs/', { scheme: 's3', bucket: 'jobs', pathStyle: false, checksums: 'when-supported' }],
    ['s3://my.jobs?region=eu-central-1', { scheme: 's3', bucket: 'my.jobs', region: 'eu-central-1' }],
    [
      's3://jobs?endpoint=http://minio:9000/',
      { endpoint: 'http://minio:9000', pathStyle: true, checksums: 'when-required' },
    ],
    [
      's3://jobs?endpoint=https%3A%2F%2Fs3.example&pathStyle=false&checksums=when-supported',
      { endpoint: 'https://s3.example', pathStyle: false, checksums: 'when-supported' },
    ],
    ['gs://jobs_1', { scheme: 'gs', bucket: 'jobs_1', anonymous: false }],
    ['gs://jobs?apiEndpoint=http://localhost:4443', { apiEndpoint: 'http://localhost:4443', anonymous: true }],
    ['gs://jobs?apiEndpoint=https://storage-x.p.googleapis.com', { anonymous: false }],
    ['gs://jobs?apiEndpoint=http://localhost:4443&anonymous=false', { anonymous: false }],
    ['file:/data/my%20jobs', { scheme: 'file', folder: '/data/my%20jobs' }],
    ['file:///data/my%20jobs/', { scheme: 'file', folder: '/data/my jobs' }],
    ['file:./x', { scheme: 'file', folder: resolve('x') }],
  ])('%s is read', (url, expected) => {
    expect(parseStorageUrl(url)).toMatchObject(expected);
  });

  test.each([
    ['', /accepted: s3:\/\/bucket, gs:\/\/bucket, file:PATH/],
    ['jobs', /accepted: s3:/],
    ['ftp://jobs', /accepted: s3:/],
    ['s3:jobs', /accepted: s3:\/\/BUCKET\?endpoint=/],
    ['s3://', /letters, digits/],
    ['s3://jobs/folder', /BUCKET/],
    ['s3://jobs?region=', /us-east-1/],
    ['s3://jobs?colour=red', /endpoint=….*region=….*pathStyle=….*checksums=…/],
    ['s3://jobs?pathStyle=yes', /true, false/],
    ['s3://jobs?pathStyle=true&pathStyle=true', /BUCKET/],
    ['s3://jobs?endpoint=minio', /https:\/\/storage.example.org:9000/],
    ['s3://jobs?endpoint=http://user:secret@minio', /https:\/\/storage.example.org:9000/],
    ['s3://jobs?checksums=none', /when-required, when-supported/],
    ['gs://jobs?region=x', /apiEndpoint=…&anonymous=…/],
    ['s3://key:secret@jobs', /environment/],
    ['file:', /file:PATH/],
    ['file://host/data', /file:PATH/],
    ['file:///data?x=1', /%3F/],
  ])('%j is refused with what is accepted', (url, accepted) => {
    expect(() => parseStorageUrl(url)).toThrow(
      expect.objectContaining({
        code: 'KC_CONFIG',
        message: expect.not.stringContaining('secret'),
        facts: expect.objectContaining({ details: [expect.stringMatching(accepted)] }),
      }),
    );
  });
});

describe('openStorage', () => {
  test('opens schemes that plugins add, before its own', async () => {
    const store = { address: 'mem:x' } as ObjectStore;
    const extra = new Map([['mem', async (): Promise<ObjectStore> => store]]);
    expect(await openStorage('mem:x', TEST_STORAGE_OPTIONS, extra)).toBe(store);
  });

  test('refuses signatures that no store would give', async () => {
    const options = { ...TEST_STORAGE_OPTIONS, resultUrlSeconds: 8 * 24 * 3600 };
    await expect(openStorage('s3://jobs', options)).rejects.toMatchObject({ code: 'KC_CONFIG' });
  });
});
