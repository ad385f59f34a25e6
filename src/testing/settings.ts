import type { ConsumerSettings } from '../consumer/context.js';
import type { WorkerSettings } from '../worker/worker-settings.js';

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

/** What consumers are told of the settings. */
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
