import type { Broker, ChildCounts, ChildJob, JobFields } from '../broker/contract.js';
import type { Compute } from '../compute/contract.js';
import type { ImageLimits } from '../images/raster.js';
import type { PredictClient } from '../models/contract.js';
import type { ObjectStore } from '../storage/contract.js';
import type { Job } from './job.js';
import type { OptionValues } from './options.js';

/** What plugins may log. Every line of a job carries its key, stage and attempt. */
export interface Logger {
  debug(message: string, facts?: Record<string, unknown>): void;
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}

/** Which models serve which kind of image (`NUCLEAR_MODEL` and the like), each `name:version`. */
export interface ModelSettings {
  readonly nuclear: string;
  readonly phase: string;
  readonly cytoplasm: string;
  /** Tissue of two channels: jobs of the types `multiplex` and `mesmer`. */
  readonly multiplex: string;
  readonly mesmer: string;
  /** What is labelled in tissue where the job does not say (`MESMER_COMPARTMENT`); undefined where not set. */
  readonly compartment?: 'whole-cell' | 'nuclear' | 'both';
  /** From `POLARIS_MODEL` and the like. */
  readonly spots: {
    readonly model: string;
    readonly threshold: number;
    readonly clip: boolean;
    /** Of jobs that name no scale; undefined where not set. */
    readonly scale?: number;
  };
  /** Models of cells in time, and whether films are corrected for drift. */
  readonly tracking: { readonly model?: string; readonly encoder?: string; readonly driftCorrection: boolean };
  readonly labelDetection: { readonly enabled: boolean; readonly model: string };
  readonly scaleDetection: { readonly enabled: boolean; readonly model: string };
  /** Bounds of a job's `scale` (`MIN_SCALE`, `MAX_SCALE`). */
  readonly minScale: number;
  readonly maxScale: number;
  /** From `NUCLEAR_PREPROCESS` and the like: comma lists of function names; undefined where not set. */
  readonly functions: Readonly<Record<'nuclear' | 'phase' | 'cytoplasm', FunctionSettings>>;
}

export interface FunctionSettings {
  readonly preprocess: string | undefined;
  readonly postprocess: string | undefined;
}

/** The settings that reach consumers; all present, checked, and frozen. */
export interface ConsumerSettings {
  readonly limits: ImageLimits;
  readonly modelSettings: ModelSettings;
  /** Batch of one predict call for tiles of `minModelSize` a side (`TF_MAX_BATCH_SIZE`, `TF_MIN_MODEL_SIZE`). */
  readonly maxBatchSize: number;
  readonly minModelSize: number;
  /** Of kiosk-consumer, for what results say of how they were made. */
  readonly programVersion: string;
  /** The queue of child jobs that segment (`SEGMENTATION_QUEUE`). */
  readonly segmentationQueue: string;
  /** How long model metadata stays in the broker's cache (`METADATA_EXPIRE_TIME`). */
  readonly metadataExpireSeconds: number;
  /** How long a service that is away is waited for before the job fails with that reason. */
  readonly maxWaitMs: number;
}

/** The three ports and the thread pool; opened once, shared by all jobs of the process. */
export interface Ports {
  readonly broker: Broker;
  readonly store: ObjectStore;
  /** Opened at first use: not every consumer asks a model. */
  readonly models: () => Promise<PredictClient>;
  readonly compute: Compute;
}

/** A processing function that a plugin brings: a module for the thread pool. */
export interface FunctionModule {
  /** Module whose default export is `(input, parameters) => output`, see `docs/plugins.md`. */
  readonly module: URL;
  readonly summary?: string;
}

/** Processing functions of plugins by name, beside those built in. */
export interface PluginFunctions {
  readonly preprocess: Readonly<Record<string, FunctionModule>>;
  readonly postprocess: Readonly<Record<string, FunctionModule>>;
}

/** All that a consumer instance works with. One instance, and one of these, for each job. */
export interface ConsumerContext {
  readonly job: Job;
  /** The job's own folder; removed with everything in it when the job ends. */
  readonly folder: string;
  readonly type: string;
  /** The worker's name on the wire. */
  readonly host: string;
  readonly ports: Ports;
  readonly settings: ConsumerSettings;
  /** This consumer's options: declared by the class, set under `consumers.<type>` of the config file. */
  readonly options: OptionValues;
  readonly functions: PluginFunctions;
  readonly logger: Logger;
  /** Writes fields under the job's claim. @throws {KioskError} `KC_JOB_LOST` if the claim is no longer ours */
  readonly update: (fields: JobFields) => Promise<void>;
  /** Says that the job moves: its deadline starts again. */
  readonly progress: () => void;
  /** Stops the deadline while a service is waited for, and says so in the log. */
  readonly waiting: (reason: string, waitedMs: number) => void;
  /** A new key for a result, with this suffix. */
  readonly resultKey: (suffix: string) => string;
  /** Remembers an object that is about to be made, so that it is removed if the job does not settle as done. */
  readonly uploading: (keys: readonly string[]) => Promise<void>;
  /** The queue from which the job was taken. */
  readonly queue: string;
  /** How the job's children stood when it was taken; undefined if it had none. */
  readonly children: ChildCounts | undefined;
  /** Makes children of the job; see `Broker.addChildren`. Their inputs belong to them from then on. */
  readonly addChildren: (children: readonly ChildJob[]) => Promise<void>;
  /** The stages of this try: the one under way, and the seconds spent in each so far. */
  readonly stages: { current: string; readonly seconds: Map<string, number> };
}
