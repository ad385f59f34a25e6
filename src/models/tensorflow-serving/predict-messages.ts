import { KioskError } from '../../errors/kiosk-error.js';
import type { ModelId, Tensor } from '../contract.js';
import { type FillBudget, MAX_FILLED_BYTES, decodeTensor } from './tensor-decoder.js';
import { encodeTensor } from './tensor-encoder.js';
import { WIRE, WireReader, WireWriter } from './wire-format.js';

/** A message's length is written in 32 bits, and TensorFlow Serving's own limit is the signed half of them. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

/**
 * A `PredictRequest` with all inputs as `tensor_content`; one copy of the tensors' bytes.
 * @throws {KioskError} `KC_MODEL_INPUT` if the message would exceed 2 GiB
 */
export function encodePredictRequest(model: ModelId, inputs: Readonly<Record<string, Tensor>>): Buffer {
  const request = new WireWriter().message(1, modelSpec(model));
  for (const [name, tensor] of Object.entries(inputs)) {
    request.message(2, new WireWriter().string(1, name).message(2, encodeTensor(tensor)));
  }
  if (request.byteLength <= MAX_MESSAGE_BYTES) return request.toBuffer();
  throw new KioskError(
    'KC_MODEL_INPUT',
    `A predict call of ${request.byteLength} bytes exceeds the 2 GiB that a message may have.`,
    {
      hint: 'set TF_MAX_BATCH_SIZE to a smaller number, or use smaller tiles',
    },
  );
}

/**
 * Named outputs of a `PredictResponse`. Takes the message over: outputs may be views of it, and share its memory.
 * @throws {KioskError} `KC_MODEL_OUTPUT` if the message is damaged or an output is not a tensor of numbers
 */
export function decodePredictResponse(message: Uint8Array): Record<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  const budget: FillBudget = { bytes: MAX_FILLED_BYTES };
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 * 8 + WIRE.bytes) {
      const [name, value] = readEntry(reader.message());
      outputs.set(name, decodeTensor(value, name, budget));
    } else reader.skip(tag);
  }
  if (outputs.size > 0) return Object.fromEntries(outputs);
  throw new KioskError('KC_MODEL_OUTPUT', 'The model server answered without any output.', {
    hint: 'check that the model has the signature serving_default and that the address is that of TensorFlow Serving',
  });
}

function modelSpec({ name, version }: ModelId): WireWriter {
  const spec = new WireWriter().string(1, name);
  return version === undefined ? spec : spec.message(2, new WireWriter().varint(1, BigInt(version)));
}

/** One entry of a map: key 1, value 2, in any order; either may be absent. */
function readEntry(reader: WireReader): [name: string, value: WireReader] {
  let name = '';
  let value = new WireReader(new Uint8Array(0));
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 * 8 + WIRE.bytes) name = reader.string();
    else if (tag === 2 * 8 + WIRE.bytes) value = reader.message();
    else reader.skip(tag);
  }
  return [name, value];
}
