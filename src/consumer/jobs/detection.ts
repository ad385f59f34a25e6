import { KioskError } from '../../errors/kiosk-error.js';
import { batchSize } from '../../models/batching.js';
import type { ModelDescription, PredictClient, PredictOptions } from '../../models/contract.js';
import { fromFloat32, toFloat32 } from '../../models/tensor.js';
import { ndArray, sizeOf, type FloatArray } from '../../processing/array/nd-array.js';
import { tileImage } from '../../processing/transform/tile.js';
import type { ConsumerSettings } from '../context.js';

export interface DetectionRequest {
  readonly client: PredictClient;
  readonly model: ModelDescription;
  /** (batch, rows, columns, channels), as read: these models do their own normalisation. */
  readonly image: FloatArray;
  readonly settings: ConsumerSettings;
  readonly predict: PredictOptions;
}

/**
 * The scale of an image by a scale detection model: the mean of its answers over tiles of the image.
 * @returns the factor by which the image is to be enlarged
 */
export async function detectScale(request: DetectionRequest): Promise<number> {
  const [scale = Number.NaN] = await meanAnswer(request);
  if (scale > 0 && Number.isFinite(scale)) return scale;
  throw new KioskError(
    'KC_MODEL_OUTPUT',
    `The scale detection model answered ${scale}; a number above 0 is expected.`,
    {
      hint: 'Give the scale in the field "scale", or switch SCALE_DETECT_ENABLED off.',
    },
  );
}

/**
 * The kind of an image by a label detection model: the class whose mean score over tiles of the image is highest.
 * @returns the index of the class
 */
export async function detectLabel(request: DetectionRequest): Promise<number> {
  const scores = await meanAnswer(request);
  return scores.indexOf(Math.max(...scores));
}

/** Mean over all tiles of the model's answer, a vector for each tile. */
async function meanAnswer({ client, model, image, settings, predict }: DetectionRequest): Promise<number[]> {
  const tiles = tilesFor(model, image);
  const [count, ...tileShape] = tiles.shape as [number, number, number, number];
  const tileLength = sizeOf(tileShape);
  const step = batchSize(tileShape, settings);
  const sums: number[] = [];
  for (let first = 0; first < count; first += step) {
    const items = Math.min(step, count - first);
    const data = tiles.data.slice(first * tileLength, (first + items) * tileLength);
    const input = model.inputs[0]!;
    const answer = await client.predict(
      model.id,
      { [input.name]: fromFloat32(data, [items, ...tileShape], input.dtype) },
      predict,
    );
    addVectors(sums, answerOf(answer, items, model));
  }
  return sums.map((sum) => sum / count);
}

function tilesFor(model: ModelDescription, image: FloatArray): FloatArray {
  const [, rows = -1, columns = -1, channels = -1] = model.inputs[0]?.shape ?? [];
  const own = image.shape[3]!;
  if (channels > 0 && channels !== own) {
    throw new KioskError(
      'KC_MODEL_INPUT',
      `The image has ${own} channels; the detection model ${model.id.name} takes ${channels}.`,
      {
        hint: 'Name the channels to use in the field "channels".',
      },
    );
  }
  const size: [number, number] = [rows > 0 ? rows : image.shape[1]!, columns > 0 ? columns : image.shape[2]!];
  return tileImage(image, { modelInputShape: size, padMode: 'reflect' }).tiles;
}

/** The answer to a batch as (items, length). */
function answerOf(
  answer: Awaited<ReturnType<PredictClient['predict']>>,
  items: number,
  model: ModelDescription,
): FloatArray {
  const [tensor] = Object.values(answer);
  const length = tensor === undefined ? 0 : tensor.data.length / items;
  if (tensor === undefined || tensor.shape[0] !== items || length < 1) {
    throw new KioskError(
      'KC_MODEL_OUTPUT',
      `The detection model ${model.id.name} answered shape (${tensor?.shape.join(', ') ?? ''}) to a batch of ${items}.`,
    );
  }
  return ndArray(toFloat32(tensor), [items, length]);
}

function addVectors(sums: number[], { data, shape }: FloatArray): void {
  const length = shape[1]!;
  for (const [i, value] of data.entries()) sums[i % length] = (sums[i % length] ?? 0) + value;
}
