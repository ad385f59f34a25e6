import { aborted } from '../abort.js';
import { KioskError } from '../../errors/kiosk-error.js';
import type {
  ModelDescription,
  ModelId,
  ModelsOptions,
  PredictClient,
  PredictOptions,
  Tensor,
  TensorInfo,
} from '../contract.js';
import { CallGate } from '../call-gate.js';
import { batchLength, concatBatches, sliceBatch, type TensorMap } from '../tensor-batch.js';
import { BatchRefusedError, classifyFailure, STATUS } from './call-failure.js';
import type { GrpcChannel } from './channel.js';
import { inputInfos, inputsFromJson, inputsToJson, outputInfos } from './metadata-json.js';
import { loadMetadataMethod, type MetadataMethod } from './metadata-method.js';
import type { MetadataCache } from './metadata-cache.js';
import { decodePredictResponse, encodePredictRequest } from './predict-messages.js';
import { withRetries } from './retry.js';

const PREDICT = '/tensorflow.serving.PredictionService/Predict';

/** Metadata are small: a server that does not tell them in this time does not tell them. */
const METADATA_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 5000;

/** Asks a TensorFlow Serving over one channel. Batches that it refuses are split, and the limit is remembered. */
export class TensorFlowServingClient implements PredictClient {
  /** Largest batch per model, learnt from refusals. */
  private readonly batchLimits = new Map<string, number>();
  private metadataMethod: Promise<MetadataMethod> | undefined;
  private readonly gate: CallGate;

  constructor(
    readonly address: string,
    private readonly channel: GrpcChannel,
    private readonly options: ModelsOptions,
    private readonly cache: MetadataCache,
  ) {
    this.gate = new CallGate(channel.target, options.backoffMs, options.onEvent);
  }

  async describe(model: ModelId, options: PredictOptions = {}): Promise<ModelDescription> {
    checkVersion(model);
    const key = keyOf(model);
    const cached = await this.cache.read(key);
    const known = cached === undefined ? undefined : inputsFromJson(cached, model);
    if (known) return this.describing(model, known, []);
    const method = await this.metadata();
    const request = method.encode(model);
    const answer = await this.call(method.path, request, model, 1, METADATA_TIMEOUT_MS, options);
    const signature = method.decode(answer, model);
    const inputs = inputInfos(signature.inputs ?? {}, model);
    await this.cache.write(key, inputsToJson(signature.inputs ?? {}));
    return this.describing(model, inputs, outputInfos(signature.outputs ?? {}, model));
  }

  /** The input of a single-input model whose signature does not name it has the name that settings give. */
  private describing(model: ModelId, inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): ModelDescription {
    const [only, ...others] = inputs;
    const named = only?.name === '' && others.length === 0 ? [{ ...only, name: this.options.tensorName }] : inputs;
    return description(model, named, outputs);
  }

  async predict(model: ModelId, inputs: TensorMap, options: PredictOptions = {}): Promise<Record<string, Tensor>> {
    checkVersion(model);
    const total = batchLength(inputs);
    const parts: Record<string, Tensor>[] = [];
    const lengths: number[] = [];
    for (let start = 0; start < total;) {
      const end = Math.min(total, start + (this.batchLimits.get(keyOf(model)) ?? total));
      const part = await this.predictPart(model, sliceBatch(inputs, start, end), end - start, options);
      if (!part) continue; // a smaller limit is known now
      parts.push(part);
      lengths.push(end - start);
      start = end;
    }
    return concatBatches(parts, lengths);
  }

  async ping({ signal }: PredictOptions = {}): Promise<void> {
    const method = await this.metadata();
    try {
      await this.channel.call(method.path, method.encode(undefined), { timeoutMs: PING_TIMEOUT_MS, signal });
    } catch (cause) {
      if (signal?.aborted) throw aborted(signal);
      const { code } = cause as { code?: number };
      // A refusal of the empty question is an answer.
      if (code === STATUS.invalidArgument || code === STATUS.notFound || code === STATUS.failedPrecondition) return;
      const { what, meaning, error } = this.classify(cause, { name: '(none)', version: undefined }, 1, PING_TIMEOUT_MS);
      if (meaning === 'final') throw error;
      throw new KioskError(
        'KC_MODEL_UNREACHABLE',
        `The model server ${this.channel.target} does not answer (${what}).`,
        {
          retry: 'wait',
          hint: 'start the model server, or set MODEL_SERVER (or TF_HOST and TF_PORT) to where it listens',
        },
        { cause },
      );
    }
  }

  close(): Promise<void> {
    this.channel.close();
    return Promise.resolve();
  }

  /** One call. @returns undefined if the server refused the batch as too large and a smaller limit was learnt */
  private async predictPart(
    model: ModelId,
    inputs: TensorMap,
    batch: number,
    options: PredictOptions,
  ): Promise<Record<string, Tensor> | undefined> {
    const request = encodePredictRequest(model, inputs);
    try {
      const answer = await this.call(PREDICT, request, model, batch, this.options.timeoutMs, options);
      return decodePredictResponse(answer);
    } catch (error) {
      if (!(error instanceof BatchRefusedError) || error.limit < 1 || error.limit >= batch) throw error;
      this.batchLimits.set(keyOf(model), Math.min(error.limit, this.batchLimits.get(keyOf(model)) ?? error.limit));
      return undefined;
    }
  }

  private call(
    path: string,
    request: Buffer,
    model: ModelId,
    batch: number,
    timeoutMs: number,
    options: PredictOptions,
  ): Promise<Buffer> {
    return withRetries(
      () => this.channel.call(path, request, { timeoutMs, signal: options.signal }),
      (cause) => this.classify(cause, model, batch, timeoutMs),
      { ...this.options, target: this.channel.target },
      this.gate,
      options,
    );
  }

  private classify(
    cause: unknown,
    model: ModelId,
    batch: number,
    timeoutMs: number,
  ): ReturnType<typeof classifyFailure> {
    return classifyFailure(cause, {
      target: this.channel.target,
      model,
      batch,
      timeoutMs,
      connected: this.channel.connected(),
    });
  }

  private metadata(): Promise<MetadataMethod> {
    return (this.metadataMethod ??= loadMetadataMethod());
  }
}

function keyOf({ name, version }: ModelId): string {
  return `${name}:${version ?? ''}`;
}

function description(id: ModelId, inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): ModelDescription {
  return { id, inputs, outputs, card: undefined };
}

function checkVersion({ name, version }: ModelId): void {
  if (version === undefined || /^\d{1,18}$/.test(version)) return;
  throw new KioskError('KC_MODEL_UNKNOWN', `The model "${name}" has the version "${version}", which is not a number.`, {
    hint: 'write models as name:version, as in NuclearSegmentation:6',
  });
}
