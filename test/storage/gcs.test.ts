import { openStorage } from '../../src/storage/open.js';
import { describeStorage, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import { startGcsServer } from '../support/gcs-server.js';

describeStorage('gs: (own test server)', async () => {
  const server = await startGcsServer({ bucket: 'jobs', openToAll: true });
  const url = `gs://jobs?apiEndpoint=${encodeURIComponent(server.endpoint)}`;
  const store = await openStorage(url, TEST_STORAGE_OPTIONS);
  return {
    store,
    close: async () => {
      await store.close();
      await server.close();
    },
  };
});
