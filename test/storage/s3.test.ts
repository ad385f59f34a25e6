import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

import { openStorage } from '../../src/storage/open.js';
import { describeStorage, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import type { StorageUnderTest } from '../conformance/storage.js';
import type { S3Peer } from '../support/s3-peer.js';
import { startS3rver } from '../support/s3rver.js';
import { startSwift } from '../support/swift-s3.js';

async function openPeer(peer: S3Peer): Promise<StorageUnderTest> {
  const { accessKeyId, secretAccessKey, endpoint, bucket } = peer;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined);
  client.destroy();
  const aws = { accessKeyId, secretAccessKey };
  const store = await openStorage(`s3://${bucket}?endpoint=${encodeURIComponent(endpoint)}`, {
    ...TEST_STORAGE_OPTIONS,
    aws,
  });
  return {
    store,
    close: async () => {
      await store.close();
      await peer.close();
    },
  };
}

describeStorage('s3: (s3rver)', async () => await openPeer(await startS3rver('jobs')));
describeStorage('s3: (swift)', async () => await openPeer(await startSwift('jobs')));
