import { test } from '@jest/globals';
import type { Broker } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { describeBroker } from '../conformance/broker.js';
import { startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';

if (requireTool('redis-server')) {
  describeBroker('redis:', async () => {
    const server = await startRedisServer();
    const opened: Broker[] = [];
    return {
      url: server.url,
      async open(options) {
        const broker = await openBroker(server.url, options);
        opened.push(broker);
        return broker;
      },
      async close() {
        await Promise.all(opened.map((broker) => broker.close()));
        await server.stop();
      },
    };
  });
} else {
  test.todo('needs redis-server');
}
