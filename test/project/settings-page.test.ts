import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { flattenConfig } from '../../src/config/flatten-config.js';
import type { KioskConfig } from '../../src/config/kiosk-config.js';
import { IGNORED_VARIABLES, PORT_PARTS, SETTINGS } from '../../src/config/schema.js';
import { SETTINGS_PAGE, settingsPage } from './generate-settings-page.js';

test('docs/settings.md is what the table of settings makes; run `npx jiti test/project/generate-settings-page.ts --write`', () => {
  expect(readFileSync(SETTINGS_PAGE, 'utf8')).toBe(settingsPage());
});

test('every setting, every variable and every flag stands in docs/settings.md', () => {
  const page = readFileSync(SETTINGS_PAGE, 'utf8');
  const parts = Object.values(PORT_PARTS).flat();
  for (const { key, env, flag, inFile } of [...SETTINGS, ...parts] as typeof SETTINGS) {
    for (const name of [...env, ...(flag ? [flag] : []), ...(inFile === false ? [] : [key])])
      expect(page).toContain(`\`${name}\``);
  }
});

test('no variable means two settings', () => {
  const names = Object.keys(IGNORED_VARIABLES);
  for (const { env } of [...SETTINGS, ...Object.values(PORT_PARTS).flat()]) names.push(...env);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

/** Every key that the type of the config file has. */
const EVERYTHING: Required<KioskConfig> = {
  plugins: [],
  broker: { url: 'redis://h', timeoutSeconds: 3, durable: 'full' },
  storage: {
    url: 's3://bucket',
    publicRead: true,
    resultUrlSeconds: 60,
    maxAttempts: 1,
    maxBackoffSeconds: 1,
    stallTimeoutSeconds: 1,
    region: 'r',
    endpoint: 'http://h',
  },
  models: {
    url: 'grpc://h',
    timeoutSeconds: 1,
    backoffSeconds: 1,
    maxRetries: 1,
    maxBatchSize: 1,
    minModelSize: 1,
    tensorName: 'image',
    metadataExpireSeconds: 1,
    threads: 1,
    tls: { rootCertificatesFile: 'a', clientCertificateFile: 'b', clientKeyFile: 'c', serverName: 'd' },
  },
  queue: 'predict',
  concurrency: 1,
  limits: {
    maxImageWidth: 1,
    maxImageHeight: 1,
    maxPixels: 1,
    maxBytes: 1,
    deadlineSeconds: 1,
    maxAttempts: 1,
    maxDeaths: 1,
    retryBackoffSeconds: 1,
    maxWaitSeconds: 1,
    drainTimeoutSeconds: 1,
    leaseSeconds: 5,
    renewSeconds: 1,
    sweepSeconds: 1,
    emptyQueueSeconds: 1,
    foreignSilenceSeconds: 1,
    threads: 1,
  },
  logging: { level: 'info', format: 'json' },
  health: { port: 9090, host: '127.0.0.1' },
  modelSettings: {
    nuclear: 'a:1',
    phase: 'b:1',
    cytoplasm: 'c:1',
    multiplex: 'd:1',
    mesmer: 'e:1',
    compartment: 'both',
    tracking: { model: 'a:1', encoder: 'b:1', driftCorrection: true },
    spots: { model: 'f:1', threshold: 0.9, clip: true, scale: 1 },
    labelDetection: { enabled: true, model: 'd:1' },
    scaleDetection: { enabled: true, model: 'e:1' },
    minScale: 1,
    maxScale: 1,
    functions: {
      nuclear: { preprocess: 'a', postprocess: 'b' },
      phase: { preprocess: 'a', postprocess: 'b' },
      cytoplasm: { preprocess: 'a', postprocess: 'b' },
    },
  },
  consumers: {},
};

test('the type of the config file and the table of settings have the same keys', () => {
  const { values, faults } = flattenConfig({ ...EVERYTHING });
  expect(faults).toEqual([]);
  expect([...values.keys()].toSorted()).toEqual(
    SETTINGS.filter(({ inFile }) => inFile !== false)
      .map(({ key }) => key)
      .toSorted(),
  );
});
