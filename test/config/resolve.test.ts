import { describe, expect, test } from '@jest/globals';
import { resolveSettings, type ResolvedSettings, type ResolveInput } from '../../src/config/resolve.js';
import { tellOrigin } from '../../src/config/origin.js';
import { KioskError } from '../../src/errors/kiosk-error.js';

interface Given {
  readonly flags?: Record<string, string>;
  readonly environment?: Record<string, string>;
  readonly dotenv?: Record<string, string>;
  readonly config?: Record<string, unknown>;
  readonly mode?: ResolveInput['mode'];
}

function resolve({ flags = {}, environment = {}, dotenv, config, mode = 'service' }: Given = {}): ResolvedSettings {
  return resolveSettings({
    cwd: '/home/somebody/here',
    flags,
    environment,
    mode,
    dotenv: dotenv && { file: '/home/somebody/here/.env', values: dotenv },
    config: config && {
      file: '/home/somebody/project/kiosk-consumer.config.ts',
      folder: '/home/somebody/project',
      config,
    },
  });
}

function nuclear(given: Given): string {
  return resolve(given).settings.consumer.modelSettings.nuclear;
}

function originOf(resolved: ResolvedSettings, key: string): string {
  return tellOrigin(resolved.values.find(({ setting }) => setting.key === key)!.origin);
}

function faultsOf(given: Given): readonly string[] {
  try {
    resolve(given);
  } catch (error) {
    if (error instanceof KioskError && error.code === 'KC_CONFIG') return error.facts.details ?? [error.message];
    throw error;
  }
  return [];
}

describe('without any setting', () => {
  test("the original's defaults are in force", () => {
    const { settings, portsByDefault } = resolve();
    expect(settings.broker.url).toBe('redis://redis-master:6379');
    expect(settings.storage.url).toBe('gs://default-bucket');
    expect(settings.models.url).toBe('grpc://tf-serving:8500');
    expect(portsByDefault).toEqual(['broker', 'storage', 'models']);
    expect(settings).toMatchObject({ consumerType: 'image', queue: undefined, concurrency: 1 });
    expect(settings.broker.options).toMatchObject({ commandTimeoutMs: 3000, reconnectPauseMs: 3000 });
    expect(settings.models.options).toMatchObject({
      timeoutMs: 30_000,
      backoffMs: 3000,
      maxRetries: 5,
      tensorName: 'image',
      maxBatchSize: 128,
      minModelSize: 128,
    });
    expect(settings.worker).toEqual({
      leaseMs: 5000,
      renewEveryMs: 1000,
      sweepEveryMs: 5000,
      emptyQueueTimeoutMs: 5000,
      foreignSilenceMs: 900_000,
      deadlineMs: 300_000,
      maxAttempts: 3,
      maxDeaths: 3,
      retryBackoffMs: 1000,
      drainTimeoutMs: 25_000,
      childrenExpireSeconds: 3600,
      maxWaitMs: 600_000,
    });
    expect(settings.consumer.metadataExpireSeconds).toBe(30);
    expect(settings.consumer.modelSettings).toMatchObject({
      maxScale: 3,
      minScale: 1 / 3,
      nuclear: 'NuclearSegmentation:0',
    });
    expect(settings.consumer.limits).toEqual({ maxPixels: 2 ** 30, maxBytes: 2 ** 32 });
    expect(settings.consumer.segmentationQueue).toBe('predict');
  });

  test('run has no model server and waits half a minute at most', () => {
    const { settings } = resolve({ mode: 'local' });
    expect(settings.models.url).toBeUndefined();
    expect(settings.worker.maxWaitMs).toBe(30_000);
    expect(resolve({ mode: 'local', environment: { TF_HOST: 'tf' } }).settings.models.url).toBe('grpc://tf:8500');
  });

  test('the models of a type are those of its generation', () => {
    const { settings } = resolve({ environment: { CONSUMER_TYPE: 'segmentation' } });
    expect(settings.consumer.modelSettings).toMatchObject({
      nuclear: 'NuclearSegmentation:6',
      cytoplasm: 'CytoplasmSegmentation:5',
    });
  });

  test('the models that come with the package do the nuclei where they are asked', () => {
    expect(nuclear({ environment: { MODEL_SERVER: 'onnx:bundled' } })).toBe('nuclear-demo:1');
    expect(nuclear({ mode: 'local' })).toBe('nuclear-demo:1');
    expect(nuclear({ mode: 'local', environment: { NUCLEAR_MODEL: 'Mine:2' } })).toBe('Mine:2');
    expect(nuclear({ mode: 'local', environment: { MODEL_SERVER: 'grpc://h:1' } })).toBe('NuclearSegmentation:0');
  });

  test('settings are frozen', () => {
    const { settings } = resolve();
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.consumer.limits)).toBe(true);
  });
});

describe('precedence', () => {
  const everywhere: Given = {
    flags: { '--queue': 'flag' },
    environment: { QUEUE: 'environment' },
    dotenv: { QUEUE: 'dotenv' },
    config: { queue: 'file' },
  };

  test('is flag, environment, .env, file, default', () => {
    const { flags: _flag, ...noFlag } = everywhere;
    const { environment: _environment, ...noEnvironment } = noFlag;
    const { dotenv: _dotenv, ...onlyFile } = noEnvironment;
    const cases: [Given, string | undefined, string][] = [
      [everywhere, 'flag', '--queue'],
      [noFlag, 'environment', 'QUEUE'],
      [noEnvironment, 'dotenv', 'QUEUE (.env)'],
      [onlyFile, 'file', 'kiosk-consumer.config.ts'],
      [{}, undefined, 'default'],
    ];
    for (const [given, queue, origin] of cases) {
      const resolved = resolve(given);
      expect([resolved.settings.queue, originOf(resolved, 'queue')]).toEqual([queue, origin]);
    }
  });

  test("the original's variables in the environment beat the config file", () => {
    const resolved = resolve({
      environment: { REDIS_HOST: 'redis', REDIS_PORT: '26379' },
      config: { broker: 'sqlite:jobs.db' },
    });
    expect(resolved.settings.broker.url).toBe('redis://redis:26379');
    expect(originOf(resolved, 'broker')).toBe('REDIS_HOST, REDIS_PORT');
  });

  test('the new name beats the old one, with a warning if they differ', () => {
    const resolved = resolve({ environment: { BROKER_URL: 'redis://:geheim@new:1', REDIS_HOST: 'old' } });
    expect(resolved.settings.broker.url).toBe('redis://:geheim@new:1');
    expect(resolved.warnings).toEqual([
      'BROKER_URL (redis://:***@new:1) is used for the broker; REDIS_HOST says redis://old:6379',
    ]);
    expect(resolve({ environment: { BROKER_URL: 'redis://old:6379', REDIS_HOST: 'old' } }).warnings).toEqual([]);
  });

  test('variables of other services that look like ours do no harm where they are not used', () => {
    const environment = { BROKER_URL: 'redis://new:1', REDIS_PORT: 'tcp://10.0.0.7:6379' };
    expect(resolve({ environment }).settings.broker.url).toBe('redis://new:1');
    expect(faultsOf({ environment: { REDIS_PORT: 'tcp://10.0.0.7:6379' } })).toEqual([
      'A setting is wrong: REDIS_PORT is "tcp://10.0.0.7:6379"; it must be a whole number from 1 to 65535.',
    ]);
  });
});

describe("the original's variables", () => {
  test.each([
    [{ CLOUD_PROVIDER: 'gke', GCLOUD_STORAGE_BUCKET: 'b' }, 'gs://b'],
    [{ GKE_BUCKET: 'b' }, 'gs://b'],
    [{ CLOUD_PROVIDER: 'AWS', AWS_S3_BUCKET: 'b' }, 's3://b'],
    [{ CLOUD_PROVIDER: 'aws' }, 's3://default-bucket'],
    [{ CLOUD_PROVIDER: 'aws', STORAGE_BUCKET: 'gs://b' }, 'gs://b'],
  ])('%j mean %s', (environment, url) => {
    expect(resolve({ environment }).settings.storage.url).toBe(url);
  });

  test('a bucket of the provider that is not chosen causes a warning', () => {
    expect(resolve({ environment: { AWS_S3_BUCKET: 'b' } }).warnings).toEqual([
      'AWS_S3_BUCKET has no effect while CLOUD_PROVIDER is gke; set CLOUD_PROVIDER=aws to use it',
    ]);
  });

  test('two names for one thing that differ cause a warning', () => {
    const { warnings, settings } = resolve({ environment: { GCLOUD_STORAGE_BUCKET: 'a', GKE_BUCKET: 'b' } });
    expect(settings.storage.url).toBe('gs://a');
    expect(warnings).toEqual(['GCLOUD_STORAGE_BUCKET is used; GKE_BUCKET says something else']);
  });

  test('those that do nothing any more cause a warning', () => {
    expect(resolve({ environment: { TF_TENSOR_DTYPE: 'DT_FLOAT' } }).warnings).toEqual([
      "TF_TENSOR_DTYPE has no effect: the model's metadata tells it",
    ]);
  });

  test('empty ones count as not set, since charts write them so', () => {
    expect(
      resolve({ environment: { QUEUE: '', MAX_RETRY: '', REDIS_HOST: '' } }).settings.models.options.maxRetries,
    ).toBe(5);
  });

  test('are read in seconds', () => {
    const environment = {
      GRPC_TIMEOUT: '20',
      INTERVAL: '1',
      EMPTY_QUEUE_TIMEOUT: '0.5',
      REDIS_TIMEOUT: '2',
      STORAGE_MAX_BACKOFF: '10',
      MAX_RETRY: '0',
    };
    const { settings } = resolve({ environment });
    expect(settings.models.options).toMatchObject({ timeoutMs: 20_000, maxRetries: 0 });
    expect(settings.worker).toMatchObject({ sweepEveryMs: 1000, emptyQueueTimeoutMs: 500 });
    expect(settings.broker.options).toMatchObject({ commandTimeoutMs: 2000 });
    expect(settings.storage.options).toMatchObject({ maxBackoffMs: 10_000 });
  });

  test('reach the consumers', () => {
    const environment = {
      NUCLEAR_MODEL: 'N:2',
      NUCLEAR_POSTPROCESS: 'deep_watershed,none',
      LABEL_DETECT_ENABLED: 'yes',
      SCALE_DETECT_MODEL: 'S:4',
      MAX_IMAGE_WIDTH: '2048',
      MAX_SCALE: '4',
      TF_MAX_BATCH_SIZE: '32',
    };
    const { consumer } = resolve({ environment }).settings;
    expect(consumer.modelSettings).toMatchObject({
      nuclear: 'N:2',
      labelDetection: { enabled: true },
      scaleDetection: { enabled: false, model: 'S:4' },
      maxScale: 4,
      minScale: 0.25,
      functions: { nuclear: { preprocess: undefined, postprocess: 'deep_watershed,none' } },
    });
    expect(consumer).toMatchObject({ maxBatchSize: 32, limits: { maxWidth: 2048 } });
    expect(consumer.limits.maxHeight).toBeUndefined();
  });

  test('specify_me is no key: the default credential chain is asked', () => {
    const environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'specify_me',
      AWS_SECRET_ACCESS_KEY: 'specify_me',
    };
    expect(resolve({ environment }).settings.storage.options.aws).toEqual({ region: 'us-east-1' });
  });

  test('AWS_ENDPOINT_URL_S3 is the endpoint of a bucket that names none', () => {
    const environment = { AWS_ENDPOINT_URL_S3: 'http://localhost:9000', STORAGE_BUCKET: 's3://b?region=x' };
    expect(resolve({ environment }).settings.storage.url).toBe(
      's3://b?region=x&endpoint=http%3A%2F%2Flocalhost%3A9000',
    );
    expect(
      resolve({ environment: { ...environment, STORAGE_BUCKET: 's3://b?endpoint=http://o' } }).settings.storage.url,
    ).toBe('s3://b?endpoint=http://o');
  });

  test('DEBUG means LOG_LEVEL=debug, unless LOG_LEVEL says otherwise or another program is meant', () => {
    expect(resolve({ environment: { DEBUG: 'True' } }).settings.logging.level).toBe('debug');
    expect(resolve({ environment: { DEBUG: 'True', LOG_LEVEL: 'INFO' } }).settings.logging.level).toBe('info');
    expect(resolve({ environment: { DEBUG: 'express:*' } }).settings.logging.level).toBe('info');
    expect(resolve({ environment: { LOG_LEVEL: 'CRITICAL' } }).settings.logging.level).toBe('error');
  });

  test('queue names are lower case, as other components write them', () => {
    expect(resolve({ environment: { QUEUE: 'Predict' } }).settings.queue).toBe('predict');
  });
});

describe('the config file', () => {
  test('may give a port as its URL, or as an object with more settings', () => {
    const short = resolve({ config: { models: 'grpc://tf:8500' } }).settings;
    const long = resolve({
      config: { models: { url: 'grpc://tf:8500', maxBatchSize: 32, tls: { serverName: 'tf.example' } } },
    }).settings;
    expect(short.models.url).toBe('grpc://tf:8500');
    expect(long.models.url).toBe('grpc://tf:8500');
    expect(long.models.options).toMatchObject({ maxBatchSize: 32, tls: { serverName: 'tf.example' } });
  });

  test('is the folder against which relative paths resolve, wherever they are set', () => {
    const { settings } = resolve({
      environment: { BROKER_URL: 'sqlite:.kiosk/jobs.db' },
      config: { storage: 'file:bucket', models: { url: 'onnx:models', tls: { rootCertificatesFile: 'ca.pem' } } },
    });
    expect(settings.baseFolder).toBe('/home/somebody/project');
    expect(settings.broker.url).toBe('sqlite:/home/somebody/project/.kiosk/jobs.db');
    expect(settings.storage.url).toBe('file:/home/somebody/project/bucket');
    expect(settings.models.url).toBe('onnx:/home/somebody/project/models');
    expect(settings.models.options.tls?.rootCertificatesFile).toBe('/home/somebody/project/ca.pem');
    expect(resolve({ environment: { BROKER_URL: 'sqlite:jobs.db' } }).settings.broker.url).toBe(
      'sqlite:/home/somebody/here/jobs.db',
    );
    expect(resolve({ environment: { MODEL_SERVER: 'onnx:bundled' } }).settings.models.url).toBe('onnx:bundled');
  });
});

describe('faults', () => {
  test('are all told in one report, each with its setting, its origin, its value and what is accepted', () => {
    const faults = faultsOf({
      flags: { '--concurrency': 'many' },
      environment: { GRPC_TIMEOUT: '30s', CLOUD_PROVIDER: 'azure', STORAGE_MAX_BACKOFF: '-1' },
      dotenv: { MAX_RETRY: '5.5' },
      config: { quue: 'predict', broker: 17, limits: { leaseSeconds: 1.5 }, plugins: 'mine', consumers: { image: 3 } },
    });
    expect(faults).toEqual([
      '--concurrency is "many"; it must be a whole number from 1 to 256',
      'broker in kiosk-consumer.config.ts is 17; it must be a URL, such as redis://host:6379 or sqlite:.kiosk/jobs.db',
      'STORAGE_MAX_BACKOFF is "-1"; it must be a number of at least 0, in seconds',
      'GRPC_TIMEOUT is "30s"; it must be a number of at least 0.01, in seconds',
      'MAX_RETRY (.env) is "5.5"; it must be a whole number',
      'CLOUD_PROVIDER is "azure"; it must be one of aws, gke',
      'kiosk-consumer.config.ts: quue is not a setting; did you mean queue?',
      'kiosk-consumer.config.ts: plugins must be a list of package names, paths and plugins',
      'kiosk-consumer.config.ts: consumers.image must be an object: { OPTION: VALUE }',
      'limits.renewSeconds is 1 and limits.leaseSeconds 1.5; a lease must hold at least twice as long as the pause between two renewals',
    ]);
  });

  test('never hold a secret', () => {
    const faults = faultsOf({
      environment: { BROKER_URL: '//:hunter2@host', KIOSK_CONCURRENCY: 'x', AWS_SECRET_ACCESS_KEY: 'geheim' },
    });
    expect(faults.join('\n')).not.toMatch(/geheim|hunter2/);
    const both = faultsOf({ environment: { LOG_LEVEL: 'redis://:hunter2@host' } });
    expect(both.join('\n')).toContain('redis://:***@host');
  });

  test('of values that contradict each other are told', () => {
    expect(faultsOf({ environment: { MIN_SCALE: '4' } })).toHaveLength(1);
    expect(faultsOf({ config: { models: { tls: { clientKeyFile: 'key.pem' } } } })).toHaveLength(1);
  });
});
