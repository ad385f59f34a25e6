import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { join, relative, resolve, sep } from 'node:path';

import { KioskError } from '../../src/errors/kiosk-error.js';
import { keyFromReference } from '../../src/storage/references.js';
import type { BucketPlace } from '../../src/storage/references.js';

const S3: BucketPlace = { scheme: 's3', bucket: 'my.jobs', publicHosts: ['minio.example:9000'] };
const GS: BucketPlace = { scheme: 'gs', bucket: 'jobs_1' };
const FILE: BucketPlace = { scheme: 'file', bucket: '/data/bucket' };

describe('a reference into the bucket', () => {
  test.each<[BucketPlace, string, string[]]>([
    [S3, 'uploads/a.tif', ['uploads/a.tif']],
    [S3, '/uploads/a.tif', ['uploads/a.tif']],
    [S3, 'a.tif', ['a.tif', 'uploads/a.tif']],
    [S3, '/a.tif', ['a.tif', 'uploads/a.tif']],
    [S3, 'uploads/a%20b.tif', ['uploads/a%20b.tif']],
    [S3, 'uploads/a, b:c.tif', ['uploads/a, b:c.tif']],
    [S3, 's3://my.jobs/uploads/a b%20.tif', ['uploads/a b%20.tif']],
    [GS, 'gs://jobs_1/uploads/a#b?c.tif', ['uploads/a#b?c.tif']],
    [GS, 'https://storage.googleapis.com/jobs_1/uploads/a%20b%2Cc.tif', ['uploads/a b,c.tif', 'uploads/a%20b%2Cc.tif']],
    [GS, 'https://jobs_1.storage.googleapis.com/uploads/a.tif', ['uploads/a.tif']],
    [GS, 'https://storage.cloud.google.com/jobs_1/uploads/a.tif?authuser=1', ['uploads/a.tif']],
    [GS, 'HTTPS://Storage.GoogleAPIs.com/jobs_1/uploads/a.tif', ['uploads/a.tif']],
    [S3, 'https://s3.amazonaws.com/my.jobs/uploads/a.tif', ['uploads/a.tif']],
    [S3, 'https://s3.amazonaws.com/my.jobs/uploads/100%.tif', ['uploads/100%.tif']],
    [S3, 'https://s3.amazonaws.com/my.jobs/uploads/a b.tif', ['uploads/a b.tif']],
    [S3, 'https://s3-us-west-2.amazonaws.com/my.jobs/a/b', ['a/b']],
    [S3, 'https://s3.us-west-2.amazonaws.com/my.jobs/a/b', ['a/b']],
    [S3, 'https://s3.dualstack.us-west-2.amazonaws.com/my.jobs/a/b', ['a/b']],
    [S3, 'https://s3-fips.us-gov-west-1.amazonaws.com/my.jobs/a/b', ['a/b']],
    [S3, 'https://s3.cn-north-1.amazonaws.com.cn/my.jobs/a/b', ['a/b']],
    [S3, 'https://my.jobs.s3.amazonaws.com/uploads%2Fa.tif', ['uploads/a.tif', 'uploads%2Fa.tif']],
    [S3, 'https://my.jobs.s3.us-east-1.amazonaws.com/uploads/a+b%2B.tif', ['uploads/a+b+.tif', 'uploads/a+b%2B.tif']],
    [S3, 'https://my.jobs.s3-accelerate.amazonaws.com/a/b', ['a/b']],
    [S3, 'https://my.jobs.s3.dualstack.eu-central-1.amazonaws.com/a/b?X-Amz-Signature=00', ['a/b']],
    [S3, 'http://minio.example:9000/my.jobs/a/b', ['a/b']],
    [S3, 'http://my.jobs.minio.example:9000/a/b', ['a/b']],
    [S3, 'https://s3.amazonaws.com/my.jobs/a/%252e%252e/b', ['a/%2e%2e/b', 'a/%252e%252e/b']],
    [FILE, 'file:///data/bucket/uploads/a%20b.tif', ['uploads/a b.tif']],
    [FILE, 'uploads/a.tif', ['uploads/a.tif']],
  ])('%j %s', (place, reference, keys) => {
    expect(keyFromReference(reference, place)).toEqual(keys);
  });
});

describe('a reference that is refused', () => {
  test.each<[BucketPlace, string]>([
    [S3, ''],
    [S3, '/'],
    [S3, '//a/b'],
    [S3, '../a'],
    [S3, 'uploads/../../a'],
    [S3, 's3://other/a'],
    [S3, 's3://my.jobs'],
    [S3, 's3://my.jobs/../other/a'],
    [S3, 'gs://my.jobs/a'],
    [GS, 's3://jobs_1/a'],
    [GS, 'https://storage.googleapis.com/other/a'],
    [GS, 'https://storage.googleapis.com/jobs_1'],
    [GS, 'https://storage.googleapis.com/jobs_1/'],
    [GS, 'https://storage.googleapis.com/jobs_1/../other/a'],
    [GS, 'https://storage.googleapis.com/jobs_1/%2e%2e/other/a'],
    [GS, 'https://storage.googleapis.com/jobs_1/a/%2E./b'],
    [GS, 'https://storage.googleapis.com/jobs_1/a%2F..%2Fb'],
    [GS, 'https://storage.googleapis.com/jobs_1/a%5C..%5Cb'],
    [GS, 'https://storage.googleapis.com/jobs_1/a%00b'],
    [GS, 'https://storage.googleapis.com.evil.example/jobs_1/a'],
    [GS, 'https://storage.googleapis.com@evil.example/jobs_1/a'],
    [GS, 'https://user:secret@storage.googleapis.com/jobs_1/a'],
    [GS, 'https://evil.example/storage.googleapis.com/jobs_1/a'],
    [GS, 'https://other.storage.googleapis.com/jobs_1/a'],
    [GS, 'https:\\\\storage.googleapis.com/jobs_1/a'],
    [GS, 'https://storage.googleapis.com\\@evil.example/jobs_1/a'],
    [S3, 'https://other.s3.amazonaws.com/my.jobs/a'],
    [S3, 'https://xmy.jobs.s3.amazonaws.com/a'],
    [S3, 'https://s3.evil.amazonaws.com/my.jobs/a'],
    [S3, 'https://s3.amazonaws.com.evil.example/my.jobs/a'],
    [S3, 'http://minio.example:9001/my.jobs/a'],
    [S3, 'https://storage.googleapis.com/my.jobs/a'],
    [S3, 'ftp://s3.amazonaws.com/my.jobs/a'],
    [S3, 'file:///data/bucket/a'],
    [FILE, 'file:///data/other/a'],
    [FILE, 'file:///data/bucket'],
    [FILE, 'file:///data/bucket2/a'],
    [FILE, 'file:///data/bucket/../other/a'],
    [FILE, 'file:///data/bucket/%2e%2e/other/a'],
    [FILE, 'file:///data/bucket/a%2F..%2F..%2Fb'],
    [FILE, 'file:///data/bucket/a%00b'],
    [FILE, 'file://host/data/bucket/a'],
    [FILE, 'https://example.org/data/bucket/a'],
  ])('%j %s', (place, reference) => {
    expect(() => keyFromReference(reference, place)).toThrow(expect.objectContaining({ code: 'KC_STORAGE_KEY' }));
  });

  test('does not repeat the signature or the password of a URL', () => {
    const reference = 'https://user:secret@elsewhere.example/a?X-Amz-Signature=feedface';
    expect(() => keyFromReference(reference, S3)).toThrow(/^(?!.*(?:secret|feedface)).*elsewhere/);
  });
});

test('whatever a reference holds, the path it leads to is inside the folder', () => {
  const pieces = fc.oneof(
    fc.constantFrom('..', '.', '/', '%2e', '%2E%2e', '%2f', '%5c', '\\', '%', '%25', 'file://', 'https://', 'a', ''),
    fc.constantFrom('/data/bucket', 'storage.googleapis.com', 'jobs_1', 'gs://jobs_1/', '@', '?', '#', ':', '\0'),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  );
  const starts = fc.constantFrom('', 'file:///data/bucket/', 'gs://jobs_1/', 'https://storage.googleapis.com/jobs_1/');
  let accepted = 0;
  fc.assert(
    fc.property(starts, fc.array(pieces, { maxLength: 8 }), fc.constantFrom(GS, FILE), (start, list, place) => {
      for (const key of keysOrNone(start + list.join(''), place)) {
        accepted++;
        const inside = relative('/job', resolve(join('/job', key)));
        expect(inside.split(sep).join('/')).toBe(key);
      }
    }),
    { numRuns: 5000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

/** Any other error than a refusal fails the test. */
function keysOrNone(reference: string, place: BucketPlace): readonly string[] {
  try {
    return keyFromReference(reference, place);
  } catch (error) {
    if (error instanceof KioskError && error.code === 'KC_STORAGE_KEY') return [];
    throw error;
  }
}
