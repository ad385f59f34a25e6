import { openStorage } from '../../src/storage/open.js';
import { describeStorageFaults } from '../conformance/storage-faults.js';
import { startGcsServer } from '../support/gcs-server.js';
import { startS3rver } from '../support/s3rver.js';

describeStorageFaults('s3:', async () => {
  const peer = await startS3rver('jobs');
  const { accessKeyId, secretAccessKey } = peer;
  return {
    endpoint: peer.endpoint,
    slowDown: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    denied: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    isDownload: (request) => request.method === 'GET',
    open: async (endpoint, options) =>
      await openStorage(`s3://jobs?endpoint=${endpoint}`, { ...options, aws: { accessKeyId, secretAccessKey } }),
    close: peer.close,
  };
});

describeStorageFaults('gs:', async () => {
  const server = await startGcsServer({ bucket: 'jobs', openToAll: true });
  const error = (code: number, message: string): string => JSON.stringify({ error: { code, message, errors: [] } });
  return {
    endpoint: server.endpoint,
    slowDown: error(503, 'Backend is slow.'),
    denied: error(403, 'The caller does not have storage.objects.get access.'),
    isDownload: (request) => request.url?.includes('alt=media') === true,
    open: async (endpoint, options) => await openStorage(`gs://jobs?apiEndpoint=${endpoint}`, options),
    close: server.close,
  };
});
