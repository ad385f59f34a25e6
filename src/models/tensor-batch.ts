import { KioskError } from '../errors/kiosk-error.js';
import { sizeOf } from '../processing/array/nd-array.js';
import type { Tensor } from './contract.js';
import { bytesOf, rawTensor } from './tensor.js';

/** Named tensors that share their first axis, the batch. */
export type TensorMap = Readonly<Record<string, Tensor>>;

/**
 * Length of the batch that all inputs share.
 * @throws {KioskError} `KC_MODEL_INPUT` if there are no inputs, an item is missing, or the lengths differ
 */
export function batchLength(inputs: TensorMap): number {
  let length: number | undefined;
  for (const [name, tensor] of Object.entries(inputs)) {
    const own = tensor.shape[0];
    if (own === undefined || own < 1)
      throw badInput(`input "${name}" has shape (${tensor.shape.join(', ')}) and so no items`);
    if (tensor.data.length !== sizeOf(tensor.shape)) {
      throw badInput(
        `input "${name}" holds ${tensor.data.length} values, its shape (${tensor.shape.join(', ')}) takes ${sizeOf(tensor.shape)}`,
      );
    }
    if (length !== undefined && own !== length)
      throw badInput(`input "${name}" is a batch of ${own}, others of ${length}`);
    length = own;
  }
  if (length === undefined) throw badInput('a predict call needs at least one input');
  return length;
}

/** Items `start` to `end` (exclusive) of every tensor; views, no copies. */
export function sliceBatch(tensors: TensorMap, start: number, end: number): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, sliceTensor(tensor, start, end)]));
}

function sliceTensor(tensor: Tensor, start: number, end: number): Tensor {
  const items = tensor.shape[0] ?? 0;
  if (start === 0 && end === items) return tensor;
  const item = tensor.data.length / items;
  return {
    dtype: tensor.dtype,
    shape: [end - start, ...tensor.shape.slice(1)],
    data: tensor.data.subarray(start * item, end * item),
  };
}

/**
 * Puts the answers to consecutive parts of a batch together along the first axis. A single part is returned as it is.
 * @param lengths items asked for in each part
 * @throws {KioskError} `KC_MODEL_OUTPUT` if a part does not hold as many items as were sent, or parts do not match
 */
export function concatBatches(
  parts: readonly Record<string, Tensor>[],
  lengths: readonly number[],
): Record<string, Tensor> {
  const [first, ...rest] = parts;
  if (!first || rest.length === 0) return first ?? {};
  const joined: [string, Tensor][] = [];
  for (const name of Object.keys(first)) {
    const tensors = parts.map((part, index) => checkedPart(part, name, lengths[index]!, first[name]!));
    const total = lengths.reduce((sum, length) => sum + length, 0);
    joined.push([name, join(tensors, [total, ...first[name]!.shape.slice(1)])]);
  }
  return Object.fromEntries(joined);
}

function checkedPart(part: Record<string, Tensor>, name: string, length: number, model: Tensor): Tensor {
  const tensor = part[name];
  const wanted = [length, ...model.shape.slice(1)].join(', ');
  if (tensor && tensor.dtype === model.dtype && tensor.shape.join(', ') === wanted) return tensor;
  const found = tensor ? `${tensor.dtype} of shape (${tensor.shape.join(', ')})` : 'nothing';
  throw new KioskError(
    'KC_MODEL_OUTPUT',
    `Output "${name}" of a part of a batch is ${found}, expected ${model.dtype} of shape (${wanted}).`,
    {
      hint: 'the first axis of every output must be the batch; check the model or set TF_MAX_BATCH_SIZE to 1',
    },
  );
}

function join(tensors: readonly Tensor[], shape: readonly number[]): Tensor {
  const out = rawTensor(tensors[0]!.dtype, shape);
  const bytes = bytesOf(out);
  let offset = 0;
  for (const tensor of tensors) {
    bytes.set(bytesOf(tensor), offset);
    offset += tensor.data.byteLength;
  }
  return out;
}

function badInput(what: string): KioskError {
  return new KioskError('KC_MODEL_INPUT', `The model cannot be asked: ${what}.`);
}
