import type { PluginReference } from './settings.js';

/**
 * What `kiosk-consumer.config.ts` may hold. Everything can be left out. Flags and environment variables win over it;
 * `docs/settings.md` lists each setting with its variable, unit and default.
 */
export interface KioskConfig {
  /** Plugins to load: names of npm packages, paths relative to this file (`.ts` too), or plugins themselves. */
  readonly plugins?: readonly PluginReference[];
  /** Where queues and jobs are: `redis://host:6379`, `sqlite:.kiosk/jobs.db`. Paths are relative to this file. */
  readonly broker?: string | BrokerConfig;
  /** Where images and results are: `s3://bucket`, `gs://bucket`, `file:.kiosk/bucket`. */
  readonly storage?: string | StorageConfig;
  /** Who runs the models: `grpc://host:8500`, `onnx:models`. */
  readonly models?: string | ModelsConfig;
  /** The queue; default the type's own. */
  readonly queue?: string;
  /** Jobs in hand at the same time. Default 1. */
  readonly concurrency?: number;
  /** Sizes, times and numbers within which jobs are done. */
  readonly limits?: LimitsConfig;
  readonly logging?: {
    readonly level?: 'debug' | 'info' | 'warn' | 'error';
    readonly format?: 'auto' | 'text' | 'json';
  };
  /** Where a worker's health can be asked for. */
  readonly health?: HealthConfig;
  /** Which models serve which kind of image. */
  readonly modelSettings?: ModelSettingsConfig;
  /** Options of consumers by job type; `kiosk-consumer plugins list` shows which there are. */
  readonly consumers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface BrokerConfig {
  readonly url?: string;
  /** Bound of one command, and of the pause before reconnecting. Default 3. */
  readonly timeoutSeconds?: number;
  /** `sqlite:` only: `full` survives a power cut without losing the last jobs. Default `normal`. */
  readonly durable?: 'normal' | 'full';
}

export interface StorageConfig {
  readonly url?: string;
  /** Anyone who knows a result's URL can read it. Default false: URLs are signed. */
  readonly publicRead?: boolean;
  /** How long a signed URL holds. Default 259200 (three days), at most 604800. */
  readonly resultUrlSeconds?: number;
  /** Tries of one transfer. Default 5. */
  readonly maxAttempts?: number;
  /** Longest pause between two tries. Default 60. */
  readonly maxBackoffSeconds?: number;
  /** A transfer that moves less than 1 KiB/s for this long is tried again. Default 60. */
  readonly stallTimeoutSeconds?: number;
  /** Region of an `s3:` bucket. */
  readonly region?: string;
  /** Another server that speaks S3. */
  readonly endpoint?: string;
}

export interface ModelsConfig {
  readonly url?: string;
  /** Deadline of one call. Default 30. */
  readonly timeoutSeconds?: number;
  /** Base of the exponential pause between two tries. Default 3. */
  readonly backoffSeconds?: number;
  /** Exactly so many retries; below 1 without bound. Default 5. */
  readonly maxRetries?: number;
  /** Most tiles of `minModelSize` a side in one call. Default 128. */
  readonly maxBatchSize?: number;
  /** Default 128 pixels. */
  readonly minModelSize?: number;
  /** Input name of a model with one input whose metadata does not tell it. Default `image`. */
  readonly tensorName?: string;
  /** How long a model's metadata stays in the broker's cache. Default 30. */
  readonly metadataExpireSeconds?: number;
  /** Threads of the embedded runtime. Default: number of cores. */
  readonly threads?: number;
  /** For `grpcs:`; PEM files, relative to this file. */
  readonly tls?: {
    readonly rootCertificatesFile?: string;
    readonly clientCertificateFile?: string;
    readonly clientKeyFile?: string;
    readonly serverName?: string;
  };
}

export interface LimitsConfig {
  /** Columns; none by default. */
  readonly maxImageWidth?: number;
  /** Rows; none by default. */
  readonly maxImageHeight?: number;
  /** Pixels of all planes and channels. Default 2 ** 30. */
  readonly maxPixels?: number;
  /** Bytes after decoding. Default 4 GiB. */
  readonly maxBytes?: number;
  /** A job without progress for this long is stopped. Default 300. */
  readonly deadlineSeconds?: number;
  /** Tries of one job. Default 3. */
  readonly maxAttempts?: number;
  /** A job whose worker has died so often is set aside. Default 3. */
  readonly maxDeaths?: number;
  /** Base of the pause between two tries of a job. Default 1. */
  readonly retryBackoffSeconds?: number;
  /** How long a job waits for a service that is away. Default 600; `run`: 30. */
  readonly maxWaitSeconds?: number;
  /** After SIGTERM, how long jobs in hand may go on. Default 25. */
  readonly drainTimeoutSeconds?: number;
  /** A worker silent for this long loses its jobs. Default 5. */
  readonly leaseSeconds?: number;
  /** How often a worker says that it lives. Default 1.5. */
  readonly renewSeconds?: number;
  /** How often jobs of silent workers are looked for. Default 5. */
  readonly sweepSeconds?: number;
  /** Longest single wait on an empty queue. Default 5. */
  readonly emptyQueueSeconds?: number;
  /** A job of another program is adopted after this much silence. Default 900. */
  readonly foreignSilenceSeconds?: number;
  /** Threads for numeric work. Default: cores - 1, at least 1. */
  readonly threads?: number;
}

export interface HealthConfig {
  /** For `/livez`, `/readyz` and `/metrics`; off by default, 0 takes a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** Models are `name:version`; functions are comma lists of names. */
export interface ModelSettingsConfig {
  readonly nuclear?: string;
  readonly phase?: string;
  readonly cytoplasm?: string;
  /** Tissue of two channels, in jobs of the type `multiplex`. */
  readonly multiplex?: string;
  /** The same in jobs of the type `mesmer`. Default: as `multiplex`. */
  readonly mesmer?: string;
  /** What is labelled in tissue. Default: as the model's card says, else whole-cell. */
  readonly compartment?: 'whole-cell' | 'nuclear' | 'both';
  readonly tracking?: {
    /** Compares tracks with cells. Default: none, linear assignment. */
    readonly model?: string;
    /** Makes vectors of cells, which the model compares. Default: none, features of pairs. */
    readonly encoder?: string;
    /** Move the frames of a film to fit each other first. Default false. */
    readonly driftCorrection?: boolean;
  };
  readonly spots?: {
    readonly model?: string;
    /** Spots are more probable than this. Default 0.95. */
    readonly threshold?: number;
    /** Limit images to their 0.01 and 99.9 percentiles first. Default false. */
    readonly clip?: boolean;
    /** `scale` of jobs that name none. Default 1. */
    readonly scale?: number;
  };
  readonly labelDetection?: { readonly enabled?: boolean; readonly model?: string };
  readonly scaleDetection?: { readonly enabled?: boolean; readonly model?: string };
  /** Bounds of a job's `scale`. Default 1 / maxScale and 3. */
  readonly minScale?: number;
  readonly maxScale?: number;
  readonly functions?: Readonly<
    Partial<Record<'nuclear' | 'phase' | 'cytoplasm', { readonly preprocess?: string; readonly postprocess?: string }>>
  >;
}
