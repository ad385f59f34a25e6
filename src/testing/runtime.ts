import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobFields } from '../broker/contract.js';
import { newJobFields } from '../broker/job-hash.js';
import { MemoryBroker } from '../broker/memory/memory-broker.js';
import { createCompute } from '../compute/pool.js';
import type { Ports } from '../consumer/context.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { ConsumerClass } from '../plugin/contract.js';
import { openStorage } from '../storage/open.js';
import type { JobRun } from '../worker/execute-job.js';
import { recordingLogger } from './recording-logger.js';
import { TEST_CONSUMER_SETTINGS, TEST_WORKER_SETTINGS } from './settings.js';

/** What jobs of a test work with; close it. */
export interface TestRuntime {
  readonly broker: MemoryBroker;
  readonly ports: Ports;
  /** The folder that is the bucket. */
  readonly bucket: string;
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly lease: JobRun['lease'];
  /** Puts a job into the queue `q`. @returns its key */
  enqueue(fields?: JobFields, key?: string): Promise<string>;
  /** A job of this class, without what a worker adds. */
  runOf(consumerClass: ConsumerClass): Omit<JobRun, 'claim' | 'lease' | 'stop' | 'workerSettings'>;
  close(): Promise<void>;
}

/** Everything a job needs in this process: a broker in memory, a temporary folder as bucket, one compute thread, no model. */
export async function openRuntime(overrides: Partial<Ports> = {}): Promise<TestRuntime> {
  const bucket = await mkdtemp(join(tmpdir(), 'kiosk-bucket-'));
  const broker = new MemoryBroker();
  const storageOptions = { publicRead: false, resultUrlSeconds: 60, maxBackoffMs: 10, maxAttempts: 2 };
  const store = await openStorage(`file:${bucket}`, storageOptions);
  const compute = createCompute({ threads: 1 });
  const noModels = () => Promise.reject(new KioskError('KC_MODEL_UNREACHABLE', 'this test has no model'));
  const ports: Ports = { broker, store, compute, models: noModels, ...overrides };
  const logger = recordingLogger();
  let made = 0;
  return {
    broker,
    ports,
    bucket,
    logger,
    lease: { worker: { name: 'host-1', id: 'host-1/1' }, leaseMs: TEST_WORKER_SETTINGS.leaseMs },
    enqueue: async (fields = {}, key = `q:image.tif:${++made}`) => {
      const base = newJobFields({ originalName: 'image.tif', inputFileName: 'uploads/image.tif', host: 'here' });
      await broker.enqueue('q', key, { ...base, ...fields });
      return key;
    },
    runOf: (consumerClass) => ({
      type: 'test',
      consumerClass,
      options: {},
      functions: { preprocess: {}, postprocess: {} },
      ports,
      consumerSettings: TEST_CONSUMER_SETTINGS,
      logger,
    }),
    close: async () => {
      await compute.close();
      await ports.store.close();
      await broker.close();
      await rm(bucket, { recursive: true, force: true });
    },
  };
}
