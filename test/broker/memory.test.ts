import { MemoryBroker } from '../../src/broker/memory/memory-broker.js';
import { describeBroker } from '../conformance/broker.js';

describeBroker('memory', async () => {
  const broker = new MemoryBroker();
  return { open: async () => broker, url: undefined, close: () => broker.close() };
});
