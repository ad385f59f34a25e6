import { KioskError } from '../../errors/kiosk-error.js';
import type { ModelId, TensorInfo } from '../contract.js';
import { naturalOrder } from '../outputs.js';
import { dtypeOfName } from './tensor-types.js';

/** `TensorInfo` in protobuf's JSON form: 64-bit numbers are strings, -1 is "any length". */
export interface TensorInfoJson {
  readonly dtype?: string;
  readonly tensorShape?: {
    readonly dim?: readonly { readonly size?: string }[];
    readonly unknownRank?: boolean;
  } | null;
  readonly name?: string;
}

/** Tensors of a signature by their names in it. */
export type NamedTensors = Readonly<Record<string, TensorInfoJson>>;

/**
 * The inputs of a signature as consumers share them through the broker: one JSON object, whose keys stand in the order
 * in which inputs are fed.
 */
export function inputsToJson(inputs: NamedTensors): string {
  const named = Object.keys(inputs).toSorted(naturalOrder);
  return JSON.stringify(Object.fromEntries(named.map((name) => [name, sharedForm(inputs[name]!)])));
}

function sharedForm({ dtype = 'DT_INVALID', tensorShape, name = '' }: TensorInfoJson): TensorInfoJson {
  const shape = tensorShape?.unknownRank
    ? { unknownRank: true }
    : { dim: (tensorShape?.dim ?? []).map(({ size }) => ({ size: size ?? '0' })) };
  return { dtype, tensorShape: shape, name };
}

/**
 * Reads what this or another consumer wrote with {@link inputsToJson}. Undefined if it is not of that form: the cache
 * is only a short cut, and what cannot be read is asked again.
 */
export function inputsFromJson(text: string, model: ModelId): TensorInfo[] | undefined {
  try {
    const named = Object.entries(JSON.parse(text) as NamedTensors);
    return named.length > 0 ? named.map(([name, info]) => tensorInfo(name, info, model)) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Inputs in natural order of their names, since the order of a protobuf map is undefined. A shape is empty if the
 * server does not know the rank.
 * @throws {KioskError} `KC_MODEL_METADATA` for an input that is not numeric
 */
export function inputInfos(inputs: NamedTensors, model: ModelId): TensorInfo[] {
  return Object.keys(inputs)
    .toSorted(naturalOrder)
    .map((name) => tensorInfo(name, inputs[name]!, model));
}

/** As {@link inputInfos}, without those that are not numeric: a model may have them beside its heads. */
export function outputInfos(outputs: NamedTensors, model: ModelId): TensorInfo[] {
  const numeric = Object.entries(outputs).filter(([, info]) => dtypeOfName(info.dtype ?? ''));
  return inputInfos(Object.fromEntries(numeric), model);
}

function tensorInfo(name: string, info: TensorInfoJson, model: ModelId): TensorInfo {
  const dtype = dtypeOfName(info.dtype ?? '');
  if (!dtype) throw unusableMetadata(model, `input "${name}" is of type ${info.dtype ?? 'unknown'}`);
  const dims = info.tensorShape?.unknownRank ? [] : (info.tensorShape?.dim ?? []);
  const shape = dims.map(({ size }) => Number(size ?? 0));
  if (shape.every((length) => Number.isSafeInteger(length) && length >= -1)) return { name, dtype, shape };
  throw unusableMetadata(model, `"${name}" has the shape (${shape.join(', ')})`);
}

export function unusableMetadata(model: ModelId, found: string, cause?: unknown): KioskError {
  return new KioskError(
    'KC_MODEL_METADATA',
    `The metadata that the server gives for model ${model.name}:${model.version ?? 'newest'} cannot be used: ${found}.`,
    { hint: 'export the model with a signature "serving_default" of numeric inputs' },
    { cause },
  );
}
