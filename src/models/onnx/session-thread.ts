import { on } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type * as Ort from 'onnxruntime-common';
import { packError } from '../../compute/error-transport.js';
import { transferables } from '../../compute/transfer.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { sizeOf, type TypedArray } from '../../processing/array/nd-array.js';
import type { Tensor, TensorDType, TensorInfo } from '../contract.js';
import { bytesPerElement, tensorOver } from '../tensor.js';
import { checkInputs } from './check-inputs.js';
import type { SessionKey, ThreadAnswers, ThreadReply, ThreadSettings, ThreadTask } from './messages.js';
import { RunInHand } from './run-in-hand.js';
import { loadRuntime, type Runtime } from './runtime.js';

interface OpenSession extends SessionKey {
  readonly session: Ort.InferenceSession;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** Loaded models that are kept; the one unused for longest goes first. */
const MAX_SESSIONS = 4;

/**
 * The thread that runs models: a run blocks the thread that calls it, so it has one of its own. Does one task after
 * another, as they come; the other side sends the next when it has the answer.
 */
class ModelThread {
  private runtime: Promise<Runtime> | undefined;
  private interruptible = false;
  /** Least recently used first. */
  private sessions: OpenSession[] = [];

  constructor(private readonly settings: ThreadSettings) {}

  async answer(task: ThreadTask): Promise<ThreadReply> {
    try {
      const value = await this.perform(task);
      return { ok: true, value, interruptible: this.interruptible };
    } catch (error) {
      return { ok: false, error: packError(error), interruptible: this.interruptible };
    }
  }

  private async perform(task: ThreadTask): Promise<ThreadAnswers[keyof ThreadAnswers]> {
    const runtime = await (this.runtime ??= loadRuntime(this.settings.runtime, this.settings.threads));
    this.interruptible = runtime.info.name === 'onnxruntime-web';
    if (task.kind === 'runtime') return runtime.info;
    const open = await this.session(runtime, task.session);
    if (task.kind === 'describe') return { inputs: open.inputs, outputs: open.outputs };
    checkInputs(task.session.file, open.inputs, task.inputs);
    return run(runtime, open, task.inputs);
  }

  private async session(runtime: Runtime, key: SessionKey): Promise<OpenSession> {
    const found = this.sessions.find(({ file, modifiedMs }) => file === key.file && modifiedMs === key.modifiedMs);
    if (found) {
      this.sessions = [...this.sessions.filter((each) => each !== found), found];
      return found;
    }
    await this.release(this.sessions.filter(({ file }) => file === key.file));
    await this.release(this.sessions.slice(0, Math.max(0, this.sessions.length - MAX_SESSIONS + 1)));
    const opened = await openSession(runtime, key);
    this.sessions.push(opened);
    return opened;
  }

  private async release(old: readonly OpenSession[]): Promise<void> {
    this.sessions = this.sessions.filter((each) => !old.includes(each));
    for (const { session } of old) await session.release();
  }
}

async function openSession(runtime: Runtime, { file, modifiedMs }: SessionKey): Promise<OpenSession> {
  let session: Ort.InferenceSession;
  try {
    session = await runtime.open(file);
  } catch (cause) {
    throw new KioskError(
      'KC_MODEL_FAILED',
      `${file} cannot be loaded by ${runtime.info.name} ${runtime.info.version} (${messageOf(cause)}).`,
      {
        hint: 'export the model again as ONNX with an opset that this runtime knows',
      },
      { cause },
    );
  }
  return { file, modifiedMs, session, inputs: infos(session.inputMetadata), outputs: infos(session.outputMetadata) };
}

function infos(metadata: readonly Ort.InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata
    .filter((value) => value.isTensor)
    .map(({ name, type, shape }) => ({
      name,
      dtype: dtypeOf(name, type),
      shape: shape.map((length) => (typeof length === 'number' && length >= 0 ? length : -1)),
    }));
}

/** ONNX's names are ours. */
const DTYPES: ReadonlySet<string> = new Set<TensorDType>([
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float16',
  'float32',
  'float64',
  'bool',
  'bfloat16',
]);

function dtypeOf(name: string, type: string): TensorDType {
  if (DTYPES.has(type)) return type as TensorDType;
  throw new KioskError(
    'KC_MODEL_OUTPUT',
    `"${name}" of the model is of type ${type}, which is not an image of numbers.`,
    {
      hint: 'use a model with numeric inputs and outputs',
    },
  );
}

async function run(
  { ort }: Runtime,
  { session, file }: OpenSession,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, ortTensor(ort, tensor)]));
  let results: Ort.InferenceSession.OnnxValueMapType;
  try {
    results = await session.run(feeds);
  } catch (cause) {
    throw new KioskError(
      'KC_MODEL_FAILED',
      `${file} failed while it ran (${messageOf(cause)}).`,
      {
        hint: 'the model may not suit this size of image, or memory ran out: use smaller tiles',
      },
      { cause },
    );
  }
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, ownTensor(name, value)]));
}

/** Newer versions of Node hand float16 to onnxruntime as `Float16Array`; the patterns are the same. */
function ortTensor(ort: typeof Ort, { dtype, shape, data }: Tensor): Ort.Tensor {
  const Float16 = (
    globalThis as { Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray }
  ).Float16Array;
  const values = dtype === 'float16' && Float16 ? new Float16(data.buffer, data.byteOffset, data.length) : data;
  return new ort.Tensor(dtype as 'float32', values as Float32Array, [...shape]);
}

/** The result in a buffer of its own, so that it can be moved to the other thread. */
function ownTensor(name: string, { type, dims, data }: Ort.Tensor): Tensor {
  const view = data as unknown as ArrayBufferView;
  const dtype = dtypeOf(name, type);
  const buffer = view.buffer as ArrayBuffer;
  const wanted = sizeOf(dims) * bytesPerElement(dtype);
  const own = buffer.byteLength === wanted ? buffer : buffer.slice(view.byteOffset, view.byteOffset + wanted);
  return tensorOver(dtype, [...dims], own);
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}

async function serve(port: MessagePort, settings: ThreadSettings): Promise<void> {
  const models = new ModelThread(settings);
  const inHand = new RunInHand(settings.inHand);
  for await (const [task] of on(port, 'message') as AsyncIterable<[ThreadTask]>) {
    const reply = await models.answer(task);
    inHand.end();
    port.postMessage(reply, transferables(reply));
  }
}

if (parentPort) void serve(parentPort, workerData as ThreadSettings);
