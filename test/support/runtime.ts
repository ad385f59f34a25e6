import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBroker } from '../../src/broker/memory/memory-broker.js';
import { newJobFields } from '../../src/broker/job-hash.js';
import type { JobFields } from '../../src/broker/contract.js';
import { createCompute } from '../../src/compute/pool.js';
import type { ConsumerSettings, Logger, Ports } from '../../src/consumer/context.js';
import { KioskError } from '../../src/errors/kiosk-error.js';
import { openStorage } from '../../src/storage/open.js';
import type { ConsumerClass } from '../../src/plugin/contract.js';
import type { JobRun } from '../../src/worker/execute-job.js';
import type { WorkerSettings } from '../../src/worker/worker-settings.js';

/** Short times, so that tests of waiting end soon. */
export const TEST_WORKER_SETTINGS: WorkerSettings = {
  leaseMs: 2_000,
  renewEveryMs: 100,
  sweepEveryMs: 200,
  emptyQueueTimeoutMs: 500,
  foreignSilenceMs: 60_000,
  deadlineMs: 5_000,
  maxAttempts: 3,
  maxDeaths: 3,
  retryBackoffMs: 10,
  drainTimeoutMs: 2_000,
  childrenExpireSeconds: 3600,
  maxWaitMs: 1_000,
};

const functions = { preprocess: undefined, postprocess: undefined };

export const TEST_CONSUMER_SETTINGS: ConsumerSettings = {
  limits: { maxPixels: 1e8, maxBytes: 1e9 },
  modelSettings: {
    nuclear: 'nuclear-demo:1',
    phase: 'phase:0',
    cytoplasm: 'cytoplasm:0',
    multiplex: 'MultiplexSegmentation:9',
    mesmer: 'MultiplexSegmentation:9',
    spots: { model: 'SpotDetection:3', threshold: 0.95, clip: false },
    tracking: { driftCorrection: false },
    labelDetection: { enabled: false, model: 'LabelDetection:1' },
    scaleDetection: { enabled: false, model: 'ScaleDetection:1' },
    minScale: 1 / 3,
    maxScale: 3,
    functions: { nuclear: functions, phase: functions, cytoplasm: functions },
  },
  maxBatchSize: 32,
  minModelSize: 128,
  programVersion: '0.0.0',
  segmentationQueue: 'segment',
  metadataExpireSeconds: 30,
  maxWaitMs: 1_000,
};

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly facts: Record<string, unknown> | undefined;
}

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (message: string, facts?: Record<string, unknown>) =>
    void lines.push({ level, message, facts });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface TestRuntime {
  readonly broker: MemoryBroker;
  readonly ports: Ports;
  readonly bucket: string;
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly lease: JobRun['lease'];
  /** Puts a job of this class into the queue `q`. */
  enqueue(fields?: JobFields, key?: string): Promise<string>;
  runOf(consumerClass: ConsumerClass): Omit<JobRun, 'claim' | 'lease' | 'stop' | 'workerSettings'>;
  close(): Promise<void>;
}

/** Everything a job needs in this process: memory broker, a folder as bucket, one compute thread, no model. */
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
