import path from 'node:path';
import { openBroker } from '../../src/broker/open.js';
import type { Broker } from '../../src/broker/contract.js';
import { describeBroker } from '../conformance/broker.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describeBroker('sqlite:', async () => {
  const folder = await temporaryFolder();
  const url = `sqlite:${path.join(folder.path, 'sub', 'broker.sqlite')}`;
  const opened: Broker[] = [];
  return {
    url,
    async open(options) {
      const broker = await openBroker(url, options);
      opened.push(broker);
      return broker;
    },
    async close() {
      await Promise.all(opened.map((broker) => broker.close()));
      await folder.remove();
    },
  };
});
