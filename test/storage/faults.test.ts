import { openStorage } from '../../src/storage/open.js';
import { describeStorageFaults } from '../conformance/storage-faults.js';
import type { FaultySubject } from '../conformance/storage-faults.js';
import { startGcsServer } from '../support/gcs-server.js';
import { requireTool } from '../support/require-tool.js';
import type { S3Peer } from '../support/s3-peer.js';
import { startS3rver } from '../support/s3rver.js';
import { startSwift } from '../support/swift-s3.js';

const startS3 = async (peer: S3Peer): Promise<FaultySubject> => {
  const { accessKeyId, secretAccessKey } = peer;
  return {
    endpoint: peer.endpoint,
    slowDown: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    denied: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    isDownload: (request) => request.method === 'GET',
    open: async (endpoint, options) =>
      await openStorage(`s3://jobs?endpoint=${endpoint}`, { ...options, aws: { accessKeyId, secretAccessKey } }),
    close: async () => await peer.close(),
  };
};

describeStorageFaults('s3: (s3rver)', async () => await startS3(await startS3rver('jobs')), { writesInPlace: true });

if (requireTool('swift') && requireTool('memcached')) {
  describeStorageFaults('s3: (swift)', async () => await startS3(await startSwift('jobs')));
}

const startGcs = async (composed: boolean): Promise<FaultySubject> => {
  const server = await startGcsServer({ bucket: 'jobs', openToAll: true, composed });
  return {
    endpoint: server.endpoint,
    slowDown: googleError(503, 'Backend is slow.'),
    denied: googleError(403, 'The caller does not have storage.objects.get access.'),
    isDownload: (request) => request.url?.includes('alt=media') === true,
    open: async (endpoint, options) => await openStorage(`gs://jobs?apiEndpoint=${endpoint}`, options),
    close: async () => await server.close(),
  };
};

describeStorageFaults('gs:', async () => await startGcs(false));
describeStorageFaults('gs: (objects without MD5)', async () => await startGcs(true));

function googleError(code: number, message: string): string {
  return JSON.stringify({ error: { code, message, errors: [] } });
}
