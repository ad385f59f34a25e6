import { parseCard } from '../models/card.js';
import type { ModelCard, ModelId, PredictClient, Tensor, TensorInfo } from '../models/contract.js';
import { dtypeOf } from '../images/dtype.js';
import { abortError } from '../errors/abort-error.js';
import type { NdArray } from '../processing/array/nd-array.js';

/** A model that is a function. */
export interface TestModel {
  /**
   * Named inputs, each (batch, rows, columns, channels), to named outputs. An output without a dtype has that of its array,
   * `Uint16Array` being `uint16`.
   */
  readonly predict: (
    inputs: Readonly<Record<string, Tensor>>,
    model: ModelId,
  ) => Record<string, NdArray | Tensor> | Promise<Record<string, NdArray | Tensor>>;
  /** Checked as the `metadata.json` beside a model is. */
  readonly card?: ModelCard;
  /** Default: one, `image`, float32, of any size and any number of channels. */
  readonly inputs?: readonly TensorInfo[];
  readonly outputs?: readonly TensorInfo[];
}

const ANY_IMAGE: TensorInfo = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, -1] };

/**
 * A predict client that answers every model's name with this function.
 * @throws {KioskError} `KC_MODEL_METADATA` if the card does not fit its schema
 */
export function testModel({ predict, card, inputs = [ANY_IMAGE], outputs = [] }: TestModel): PredictClient {
  const checked = card === undefined ? undefined : parseCard(JSON.stringify(card), 'the card of the test model');
  return {
    address: 'test:',
    describe: async (id) => ({ id: { ...id, version: id.version ?? '1' }, inputs, outputs, card: checked }),
    predict: async (model, given, { signal } = {}) => {
      if (signal?.aborted) throw abortError(signal, 'The prediction was stopped.');
      const answer = await predict(given, model);
      return Object.fromEntries(Object.entries(answer).map(([name, array]) => [name, withType(array)]));
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
}

function withType(array: NdArray | Tensor): Tensor {
  if ('dtype' in array) return array;
  return { ...array, dtype: dtypeOf(array.data) };
}
