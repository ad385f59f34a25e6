import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A model of the look-alike server. */
export interface ServedModel {
  readonly name: string;
  /** Ascending. Default `['1']`. */
  readonly versions?: readonly string[];
  /** Default: `image`, float32, (-1, 512, 512, 1). A length of -1 is free. */
  readonly input?: { readonly name: string; readonly dtype: ServedDType; readonly shape: readonly number[] };
  /** What it computes, see `heads.mjs`. Default `nuclei`, the reference model. */
  readonly computes?: 'nuclei' | 'tissue' | 'tissue-of-eight' | 'spots' | 'edges' | 'volume';
  /** Instead of that, what it answers to whatever it is asked: head to `.npy` file of float32. */
  readonly answers?: Readonly<Record<string, string>>;
}

type ServedDType = 'float32' | 'uint8' | 'uint16' | 'bfloat16';

/** How the server behaves until it is told otherwise. */
export interface Behaviours {
  /** How answers carry their values. Default `packed`, as a stock server. */
  readonly encoding?: 'packed' | 'content' | 'unpacked' | 'split' | 'mixed';
  /** Refuses larger batches as TensorFlow Serving does. */
  readonly maxBatch?: number;
  /** Words that refusal as older servers do. */
  readonly oldWording?: boolean;
  /** The next `times` calls fail with this gRPC code. */
  readonly fail?: {
    readonly code: string;
    readonly times: number;
    readonly details?: string;
    readonly method?: 'Predict' | 'GetModelMetadata';
  };
  /** So many of all calls, by chance, fail with UNAVAILABLE. */
  readonly failShare?: number;
  /** Calls beyond so many at a time are refused as TensorFlow Serving does when its queue is full. */
  readonly capacity?: number;
  /** Predictions are answered with exactly these bytes. */
  readonly answerBase64?: string;
  /** Predictions are answered with so many random bytes. */
  readonly garbageBytes?: number;
  /** File to which the input of each prediction is written, its values alone. */
  readonly keepInputs?: string;
  /** Every call takes at least this long. */
  readonly delayMs?: number;
  readonly fault?: 'wrong-shape' | 'nan' | 'half-message' | 'garbage' | 'no-outputs' | 'no-signature';
}

/** What the server saw of one call. */
export interface ServedCall {
  readonly method: 'Predict' | 'GetModelMetadata';
  /** gRPC status that it answered. */
  readonly code: string;
  /** Calls under way when it came, itself included. */
  readonly concurrent: number;
  readonly model?: string;
  readonly version?: string;
  readonly batch?: number;
  readonly shape?: readonly number[];
  readonly encoding?: 'packed' | 'content';
  /** The client gave up before the answer. */
  readonly cancelled?: boolean;
}

export interface ModelServerOptions {
  readonly models?: readonly ServedModel[];
  readonly behaviours?: Behaviours;
  /** Default: any free port. */
  readonly port?: number;
  /** PEM files; with `clientRootFile` clients must show a certificate. */
  readonly tls?: { readonly keyFile: string; readonly certificateFile: string; readonly clientRootFile?: string };
}

export interface ModelServer {
  readonly port: number;
  readonly pid: number;
  /** Replaces all behaviours. */
  set(behaviours: Behaviours): Promise<void>;
  /** All calls since the start. */
  calls(): Promise<ServedCall[]>;
  /** Ends the process at once, with whatever it does. */
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

const REFERENCE_MODEL: ServedModel = { name: 'NuclearSegmentation' };
const REFERENCE_INPUT = { name: 'image', dtype: 'float32', shape: [-1, 512, 512, 1] } as const;

/** Starts a look-alike of TensorFlow Serving in a process of its own; whoever starts it stops it. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const child = fork(SERVER, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const models = (options.models ?? [REFERENCE_MODEL]).map((model) =>
    Object.assign({ versions: ['1'], input: REFERENCE_INPUT }, model),
  );
  const start = { models, behaviours: options.behaviours ?? {}, port: options.port ?? 0, tls: options.tls };
  const { port, error } = await ask<{ port?: number; error?: string }>(child, { start });
  if (port === undefined || error !== undefined) {
    child.kill('SIGKILL');
    throw new TypeError(`the model server did not start: ${error}`);
  }
  return {
    port,
    pid: child.pid!,
    set: async (set) => void (await ask(child, { set })),
    calls: async () => (await ask<{ calls: ServedCall[] }>(child, { ask: 'calls' })).calls,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

let lastId = 0;

function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const id = ++lastId;
  return new Promise<T>((resolve, reject) => {
    const onExit = (): void => reject(new TypeError('the model server ended'));
    const onMessage = (answer: { id: number }): void => {
      if (answer.id !== id) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(answer as T);
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.send({ id, ...message });
  });
}
