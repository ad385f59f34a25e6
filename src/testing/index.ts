/**
 * `kiosk-consumer/testing`: what tests of a plugin need, for any test runner. Nothing of it is loaded by the program itself.
 */
export { runJob, type TestJob, type TestOutcome } from './run-job.js';
export { checkConsumer, type ConsumerCheck } from './check-consumer.js';
export { Mismatch } from './mismatch.js';
export { testModel, type TestModel } from './test-model.js';
export type { ResultFile } from './result-files.js';
export { openRuntime, type TestRuntime } from './runtime.js';
export { recordingLogger, type LogLine } from './recording-logger.js';
export { TEST_CONSUMER_SETTINGS, TEST_WORKER_SETTINGS } from './settings.js';

export { drawNuclei, nucleiImage, writeNuclei, type DrawnNuclei } from './nuclei.js';
export { gradientImage, noiseImage } from './plain-images.js';
export { randomNumbers } from './random-numbers.js';
export { expectF1, expectSameLabels, f1Score, labelDifference } from './labels.js';
