import type { JobFields } from '../../../src/broker/contract.js';
import { MemoryBroker } from '../../../src/broker/memory/memory-broker.js';
import { processingList } from './reference-model.js';
import type { MovableClock } from './movable-clock.js';
import { type JobRecord, type Observation, QUEUE, type Subject } from './subject.js';

/** The broker inside this process. It hides what it keeps, so it is asked by its contract. */
export function memorySubject(clock: MovableClock): Subject {
  let broker = new MemoryBroker();
  return {
    name: 'memory',
    driftMs: 0,
    others: undefined,
    leavesCancelled: true,
    async start() {
      broker = new MemoryBroker();
      return broker;
    },
    pass: async (ms) => clock.move(ms),
    look: (keys) => look(broker, keys),
    close: () => broker.close(),
  };
}

async function look(broker: MemoryBroker, keys: readonly string[]): Promise<Observation> {
  const hashes: Record<string, JobFields> = {};
  const records: Record<string, JobRecord> = {};
  const leases: Record<string, number> = {};
  for (const key of keys) {
    const state = await broker.inspect(key);
    if (state === undefined) continue;
    hashes[key] = state.fields;
    const list = state.lease && processingList(state.lease.worker);
    const deaths = state.deaths.map(({ worker }) => worker);
    const { attempts, setAside, children } = state;
    if (attempts !== undefined)
      records[key] = { attempts, deaths, isDead: setAside, list, parkedList: undefined, children };
    if (state.lease !== undefined) leases[key] = state.lease.remainingMs;
  }
  const [queue] = await broker.queues([QUEUE]);
  const seen = { nowMs: Date.now(), queue: queue!.waiting, hashes, records, leases };
  return { ...seen, lists: undefined, strangers: [], lasting: [] };
}
