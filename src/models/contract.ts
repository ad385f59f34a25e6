import type { DType, NdArray } from '../processing/array/nd-array.js';

/** A tensor as models take and give it: numeric, C order. Never an array of JavaScript numbers. */
export type Tensor = NdArray & { readonly dtype: TensorDType };

/** What the wire knows beside the types that images have. */
export type TensorDType = DType | 'bfloat16' | 'bool';

export interface ModelId {
  readonly name: string;
  /** Undefined: the newest version that is served. */
  readonly version: string | undefined;
}

/** One input or output of a model. A length of -1 is free. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
}

/** What is known of a model before it is asked: from the server, and from `metadata.json` beside it. */
export interface ModelDescription {
  readonly id: ModelId;
  /** In the order in which they are fed. */
  readonly inputs: readonly TensorInfo[];
  /** Empty if the server does not say. */
  readonly outputs: readonly TensorInfo[];
  /** What the author of the model declared; undefined if there is no `metadata.json`. */
  readonly card: ModelCard | undefined;
}

/**
 * The schema of `metadata.json`, format 1: how images go in and what comes out. Everything but `format` may be
 * left out. Lengths are pixels of the model's own scale.
 */
export interface ModelCard {
  readonly format: 1;
  readonly title?: string;
  readonly licence?: string;
  /** Applied to the whole image before tiling. */
  readonly preprocess?: readonly FunctionCall[];
  /** Heads in the order in which the post-processing function takes them; names of outputs. */
  readonly heads?: readonly string[];
  readonly postprocess?: readonly FunctionCall[];
  readonly tiling?: {
    /** Sides of a tile, used if the model takes any size. */
    readonly size?: readonly [number, number];
    /** Pixels at a tile's rim that the missing surroundings can change: at least the receptive field's radius. */
    readonly halo?: number;
    /** Tiles begin at multiples of this (the network's total down-sampling). Default 1. */
    readonly multipleOf?: number;
  };
  /** Microns per pixel of the training images. */
  readonly mpp?: number;
  /** Diameters of nuclei (or cells) that the model was trained for. */
  readonly diameterPx?: { readonly typical: number; readonly min: number; readonly max: number };
}

/** A processing function by name, with its parameters. */
export interface FunctionCall {
  readonly function: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface PredictOptions {
  readonly signal?: AbortSignal;
  /** Called while the server is waited for, with what is waited for and since when; no attempt is used meanwhile. */
  readonly onWait?: (reason: string, waitedMs: number) => void;
}

/**
 * Asks models. One client per `models:` address, shared by all jobs of the process.
 *
 * Failures: `KC_MODEL_UNKNOWN`, `KC_MODEL_INPUT`, `KC_MODEL_OUTPUT`, `KC_MODEL_FAILED` (retry `never`, or `later` for a
 * deadline or an overload that outlasted `MAX_RETRY`), `KC_MODEL_UNREACHABLE` (retry `wait`).
 */
export interface PredictClient {
  readonly address: string;

  describe(model: ModelId, options?: PredictOptions): Promise<ModelDescription>;

  /**
   * One call: named inputs to named outputs. The first axis of every tensor is the batch; a batch that the server
   * refuses as too large is split, and the limit is remembered for later calls.
   */
  predict(
    model: ModelId,
    inputs: Readonly<Record<string, Tensor>>,
    options?: PredictOptions,
  ): Promise<Record<string, Tensor>>;

  /** Whether the server answers now. @throws {KioskError} with the cause if it does not */
  ping(options?: PredictOptions): Promise<void>;

  close(): Promise<void>;
}

/** Told when the model server goes away, answers again, or is given fewer calls at a time. */
export interface ModelsEvent {
  readonly kind: 'lost' | 'back' | 'limited';
  readonly address: string;
  /** One sentence for the log. */
  readonly message: string;
  /** With `back`: how long it was away. */
  readonly awayMs?: number;
}

export interface ModelsOptions {
  /** Deadline of one call (`GRPC_TIMEOUT`). */
  readonly timeoutMs: number;
  /** Base of the exponential back-off (`GRPC_BACKOFF`). */
  readonly backoffMs: number;
  /** Retries after the first attempt (`MAX_RETRY`); below 1: without bound. UNAVAILABLE does not count. */
  readonly maxRetries: number;
  /** How long a server that is away is waited for in one call. */
  readonly maxWaitMs: number;
  /** Largest batch of one call (`TF_MAX_BATCH_SIZE`) for images of `minModelSize` (`TF_MIN_MODEL_SIZE`) a side. */
  readonly maxBatchSize: number;
  readonly minModelSize: number;
  /** Name of the input of a single-input model whose metadata does not tell (`TF_TENSOR_NAME`). */
  readonly tensorName: string;
  /** Threads of the embedded runtime. */
  readonly threads: number;
  readonly onEvent?: (event: ModelsEvent) => void;
  readonly tls?: {
    readonly rootCertificatesFile?: string;
    readonly clientCertificateFile?: string;
    readonly clientKeyFile?: string;
    readonly serverName?: string;
  };
}
