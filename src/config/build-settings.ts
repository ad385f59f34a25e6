import { ownVersion } from './own-version.js';
import { resolve } from 'node:path';
import type { ModelSettings } from '../consumer/context.js';
import type { ModelsOptions } from '../models/contract.js';
import type { StorageOptions } from '../storage/contract.js';
import type { WorkerSettings } from '../worker/worker-settings.js';
import type { FreeValues } from './free-keys.js';
import type { SettingValue } from './setting.js';
import type { Settings } from './settings.js';

type Compartment = NonNullable<ModelSettings['compartment']>;

interface BuildInput {
  readonly value: (key: string) => SettingValue | undefined;
  readonly baseFolder: string;
  readonly configFile: string | undefined;
  readonly free: FreeValues;
}

/** Reads values by key, in the types and units that the program works with. */
class Reader {
  constructor(
    private readonly value: BuildInput['value'],
    readonly baseFolder: string,
  ) {}

  text(key: string): string | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : String(value);
  }
  number(key: string): number {
    return Number(this.value(key));
  }
  ms(key: string): number {
    return Math.round(this.number(key) * 1000);
  }
  flag(key: string): boolean {
    return this.value(key) === true;
  }
  /** `{ [name]: value }`, or nothing where it is not set: for optional properties. */
  optional<Name extends string, Value>(
    name: Name,
    key: string,
    as: (value: SettingValue) => Value,
  ): { [N in Name]?: Value } {
    const value = this.value(key);
    return (value === undefined ? {} : { [name]: as(value) }) as { [N in Name]?: Value };
  }
}

/** The checked values as the program takes them, frozen to the depth that it owns. */
export function buildSettings({ value, baseFolder, configFile, free }: BuildInput): Settings {
  const read = new Reader(value, baseFolder);
  const maxWaitMs = read.ms('limits.maxWaitSeconds');
  const hostname = read.text('hostname')!;
  return freeze<Settings>({
    baseFolder,
    configFile,
    plugins: free.plugins,
    broker: {
      url: read.text('broker')!,
      options: {
        commandTimeoutMs: read.ms('broker.timeoutSeconds'),
        reconnectPauseMs: read.ms('broker.timeoutSeconds'),
        maxWaitMs,
        emptyQueueTimeoutMs: read.ms('limits.emptyQueueSeconds'),
        workerName: hostname,
        durable: read.text('broker.durable') === 'full' ? 'full' : 'normal',
      },
    },
    storage: { url: storageUrl(read), options: storageOptions(read) },
    models: { url: read.text('models'), options: modelsOptions(read, maxWaitMs) },
    consumerType: read.text('type')!,
    queue: read.text('queue')?.toLowerCase(),
    concurrency: read.number('concurrency'),
    hostname,
    threads: read.number('limits.threads'),
    worker: workerSettings(read, maxWaitMs),
    consumer: {
      limits: {
        ...read.optional('maxWidth', 'limits.maxImageWidth', Number),
        ...read.optional('maxHeight', 'limits.maxImageHeight', Number),
        maxPixels: read.number('limits.maxPixels'),
        maxBytes: read.number('limits.maxBytes'),
      },
      modelSettings: modelSettings(read),
      maxBatchSize: read.number('models.maxBatchSize'),
      minModelSize: read.number('models.minModelSize'),
      programVersion: ownVersion(),
      segmentationQueue: read.text('SEGMENTATION_QUEUE')!.toLowerCase(),
      metadataExpireSeconds: read.number('models.metadataExpireSeconds'),
      maxWaitMs,
    },
    consumers: free.consumers,
    health:
      read.text('health.port') === undefined
        ? undefined
        : { host: read.text('health.host')!, port: read.number('health.port') },
    logging: {
      level: read.text('logging.level') as Settings['logging']['level'],
      format: read.text('logging.format') as Settings['logging']['format'],
    },
  });
}

/** With `AWS_ENDPOINT_URL_S3` as the URL's `endpoint`, where it names none. */
function storageUrl(read: Reader): string {
  const url = read.text('storage')!;
  const endpoint = read.text('storage.endpoint');
  if (endpoint === undefined || !/^s3:/i.test(url) || /[?&]endpoint=/.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}endpoint=${encodeURIComponent(endpoint)}`;
}

function storageOptions(read: Reader): StorageOptions {
  const aws = {
    ...read.optional('region', 'storage.region', String),
    ...read.optional('accessKeyId', 'AWS_ACCESS_KEY_ID', String),
    ...read.optional('secretAccessKey', 'AWS_SECRET_ACCESS_KEY', String),
    ...read.optional('sessionToken', 'AWS_SESSION_TOKEN', String),
  };
  return {
    publicRead: read.flag('storage.publicRead'),
    resultUrlSeconds: read.number('storage.resultUrlSeconds'),
    maxBackoffMs: read.ms('storage.maxBackoffSeconds'),
    maxAttempts: read.number('storage.maxAttempts'),
    stallTimeoutMs: read.ms('storage.stallTimeoutSeconds'),
    ...(Object.keys(aws).length === 0 ? {} : { aws }),
  };
}

function modelsOptions(read: Reader, maxWaitMs: number): ModelsOptions {
  const path = (value: SettingValue) => resolve(read.baseFolder, String(value));
  const tls = {
    ...read.optional('rootCertificatesFile', 'models.tls.rootCertificatesFile', path),
    ...read.optional('clientCertificateFile', 'models.tls.clientCertificateFile', path),
    ...read.optional('clientKeyFile', 'models.tls.clientKeyFile', path),
    ...read.optional('serverName', 'models.tls.serverName', String),
  };
  return {
    timeoutMs: read.ms('models.timeoutSeconds'),
    backoffMs: read.ms('models.backoffSeconds'),
    maxRetries: read.number('models.maxRetries'),
    maxWaitMs,
    maxBatchSize: read.number('models.maxBatchSize'),
    minModelSize: read.number('models.minModelSize'),
    tensorName: read.text('models.tensorName')!,
    threads: read.number('models.threads'),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function workerSettings(read: Reader, maxWaitMs: number): WorkerSettings {
  return {
    leaseMs: read.ms('limits.leaseSeconds'),
    renewEveryMs: read.ms('limits.renewSeconds'),
    sweepEveryMs: read.ms('limits.sweepSeconds'),
    emptyQueueTimeoutMs: read.ms('limits.emptyQueueSeconds'),
    foreignSilenceMs: read.ms('limits.foreignSilenceSeconds'),
    deadlineMs: read.ms('limits.deadlineSeconds'),
    maxAttempts: read.number('limits.maxAttempts'),
    maxDeaths: read.number('limits.maxDeaths'),
    retryBackoffMs: read.ms('limits.retryBackoffSeconds'),
    drainTimeoutMs: read.ms('limits.drainTimeoutSeconds'),
    childrenExpireSeconds: read.number('EXPIRE_TIME'),
    maxWaitMs,
  };
}

function modelSettings(read: Reader): ModelSettings {
  const functions = (kind: string) => ({
    preprocess: read.text(`modelSettings.functions.${kind}.preprocess`),
    postprocess: read.text(`modelSettings.functions.${kind}.postprocess`),
  });
  const detection = (name: string) => ({
    enabled: read.flag(`modelSettings.${name}.enabled`),
    model: read.text(`modelSettings.${name}.model`)!,
  });
  return {
    nuclear: read.text('modelSettings.nuclear')!,
    phase: read.text('modelSettings.phase')!,
    cytoplasm: read.text('modelSettings.cytoplasm')!,
    multiplex: read.text('modelSettings.multiplex')!,
    mesmer: read.text('modelSettings.mesmer')!,
    tracking: {
      ...read.optional('model', 'modelSettings.tracking.model', String),
      ...read.optional('encoder', 'modelSettings.tracking.encoder', String),
      driftCorrection: read.flag('modelSettings.tracking.driftCorrection'),
    },
    ...read.optional('compartment', 'modelSettings.compartment', (value) => value as Compartment),
    spots: {
      model: read.text('modelSettings.spots.model')!,
      threshold: read.number('modelSettings.spots.threshold'),
      clip: read.flag('modelSettings.spots.clip'),
      ...read.optional('scale', 'modelSettings.spots.scale', Number),
    },
    labelDetection: detection('labelDetection'),
    scaleDetection: detection('scaleDetection'),
    minScale: read.number('modelSettings.minScale'),
    maxScale: read.number('modelSettings.maxScale'),
    functions: { nuclear: functions('nuclear'), phase: functions('phase'), cytoplasm: functions('cytoplasm') },
  };
}

/** Freezes plain objects and lists; plugins given inline are somebody else's objects and stay as they are. */
function freeze<T extends object>(value: T): T {
  for (const [key, child] of Object.entries(value)) {
    if (key !== 'plugins' && key !== 'consumers' && typeof child === 'object' && child !== null)
      freeze(child as object);
  }
  return Object.freeze(value);
}
