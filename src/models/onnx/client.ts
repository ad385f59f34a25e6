import path from 'node:path';
import { KioskError } from '../../errors/kiosk-error.js';
import { readCard } from '../card.js';
import type { ModelDescription, ModelId, ModelsOptions, PredictClient, PredictOptions, Tensor } from '../contract.js';
import { batchLength, concatBatches, sliceBatch, type TensorMap } from '../tensor-batch.js';
import { listModels, locateModel } from './locate.js';
import { OnnxThread } from './model-thread.js';
import type { RuntimeInfo, RuntimeName } from './runtime.js';

export interface OnnxOptions extends Pick<ModelsOptions, 'threads'> {
  /** Undefined: onnxruntime-node where it loads, else onnxruntime-web. */
  readonly runtime?: RuntimeName;
}

/**
 * Bound of loading a model or running one item. Generous, because a slow machine is no fault: 2048² pixels of the
 * bundled model take 2 s natively, 20 s as WebAssembly.
 */
const TASK_TIMEOUT_MS = 10 * 60 * 1000;

/**
 * Runs models of a folder, laid out `<Name>/<version>/model.onnx`, in a thread of its own.
 *
 * A batch runs item by item where the model takes any batch: on a CPU that is as fast, takes the memory of one item,
 * and work that was given up ends with the item. Inputs are copied (the caller keeps them), results are moved.
 */
export class OnnxClient implements PredictClient {
  readonly address: string;
  private readonly thread: OnnxThread;

  constructor(
    private readonly folder: string,
    { threads, runtime }: OnnxOptions,
  ) {
    this.folder = path.resolve(folder);
    this.address = `onnx:${this.folder}`;
    this.thread = new OnnxThread({ threads, runtime });
  }

  async describe(model: ModelId, { signal }: PredictOptions = {}): Promise<ModelDescription> {
    const { id, folder, file, modifiedMs } = await locateModel(this.folder, model);
    const card = await readCard(folder);
    const task = { kind: 'describe', session: { file, modifiedMs } } as const;
    const { inputs, outputs } = await this.thread.perform(task, { signal, timeoutMs: TASK_TIMEOUT_MS });
    return { id, inputs, outputs, card };
  }

  async predict(model: ModelId, inputs: TensorMap, options: PredictOptions = {}): Promise<Record<string, Tensor>> {
    const total = batchLength(inputs);
    const { file, modifiedMs } = await locateModel(this.folder, model);
    const step = total > 1 ? await this.fixedBatch(model, total, options) : 1;
    const parts: Record<string, Tensor>[] = [];
    const lengths: number[] = [];
    for (let start = 0; start < total; start += step) {
      const end = Math.min(total, start + step);
      const task = {
        kind: 'run',
        session: { file, modifiedMs },
        inputs: copies(sliceBatch(inputs, start, end)),
      } as const;
      parts.push(await this.thread.perform(task, { signal: options.signal, timeoutMs: TASK_TIMEOUT_MS }));
      lengths.push(end - start);
    }
    return concatBatches(parts, lengths);
  }

  /** Which runtime is in use; loads it. */
  runtime({ signal }: PredictOptions = {}): Promise<RuntimeInfo> {
    return this.thread.perform({ kind: 'runtime' }, { signal, timeoutMs: TASK_TIMEOUT_MS });
  }

  /** @throws {KioskError} if the runtime does not load or the folder holds no model */
  async ping(options: PredictOptions = {}): Promise<void> {
    await this.runtime(options);
    if ((await listModels(this.folder)).length > 0) return;
    throw new KioskError('KC_MODEL_UNREACHABLE', `${this.folder} holds no model.`, {
      hint: 'put models at FOLDER/<Name>/<version>/model.onnx, or correct the folder in models (MODEL_SERVER)',
    });
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  /** Items in one run: those that the model demands, else one. */
  private async fixedBatch(model: ModelId, total: number, options: PredictOptions): Promise<number> {
    const { inputs } = await this.describe(model, options);
    const fixed = inputs.map(({ shape }) => shape[0] ?? -1).find((length) => length > 0) ?? 1;
    return Math.min(fixed, total);
  }
}

/** Copies in buffers of their own, which can be moved to the thread. */
function copies(tensors: TensorMap): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
  );
}
