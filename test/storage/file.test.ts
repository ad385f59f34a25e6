import { join } from 'node:path';

import { openStorage } from '../../src/storage/open.js';
import { describeStorage, TEST_STORAGE_OPTIONS } from '../conformance/storage.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describeStorage('file:', async () => {
  const folder = await temporaryFolder();
  const store = await openStorage(`file:${join(folder.path, 'bucket')}`, TEST_STORAGE_OPTIONS);
  return { store, close: folder.remove };
});
