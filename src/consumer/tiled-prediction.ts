import { KioskError } from '../errors/kiosk-error.js';
import { batchSize } from '../models/batching.js';
import type { ModelDescription, PredictClient, PredictOptions, Tensor, TensorInfo } from '../models/contract.js';
import { checkOutputs, orderedOutputs, type NamedOutput } from '../models/outputs.js';
import { fromFloat32, toFloat32 } from '../models/tensor.js';
import { ndArray, sizeOf, type FloatArray } from '../processing/array/nd-array.js';
import { blendTile, blendWeights } from '../processing/transform/blend-tiles.js';
import { haloTile, planHaloTiles, type HaloPlan, type HaloTile } from '../processing/transform/halo-plan.js';
import { extractTile, placeTile } from '../processing/transform/halo-tiles.js';

export interface TiledPredictionRequest {
  readonly client: PredictClient;
  readonly model: ModelDescription;
  /** One array (batch, rows, columns, channels) for each input of the model, in its order; all of one batch and size. */
  readonly images: readonly FloatArray[];
  readonly maxBatchSize: number;
  readonly minModelSize: number;
  readonly predict: PredictOptions;
  /** Told after each call how many of all tiles are done. */
  readonly onTiles?: (done: number, all: number) => void;
}

/** Sides of a tile for models that take any size and do not say what suits them: about 0.4 GB in a small U-Net. */
const DEFAULT_TILE = [1024, 1024] as const;
/** Up to this many pixels an image goes whole to a model that takes any size and says nothing of tiles. */
const WHOLE_IMAGE_PIXELS = 2048 * 2048;
/** Where the receptive field is unknown, tiles overlap by a quarter and fade into each other. */
const UNKNOWN_HALO_SHARE = 1 / 8;
/** One call is under way while the next is being put together. */
const CALLS_IN_FLIGHT = 2;

/**
 * Asks a model about whole images: cuts them into tiles of the size it takes, sends them in batches, checks and puts
 * the answers together. Where the model's card names its halo the result is that of the untiled image; otherwise
 * neighbouring tiles fade into each other with weights that sum to 1. Images smaller than the model are mirrored.
 *
 * @returns one array (batch, rows, columns, channels) for each head, in the order of the card's heads, else by name
 * @throws {KioskError} `KC_MODEL_INPUT` if rank, channels or number of images do not fit the model; what `predict` throws
 */
export async function predictTiled(request: TiledPredictionRequest): Promise<FloatArray[]> {
  const { model, images, client } = request;
  const [items, rows, columns] = checkImages(model, images);
  const { plan, blend } = tilePlan(model, [rows, columns]);
  const assembly = new Assembly([items, rows, columns], plan, blend);
  const tileShape = [plan.rows.size, plan.columns.size, totalChannels(images)] as const;
  const all = items * plan.tiles;
  const step = evenBatches(all, batchSize(tileShape, request));
  const calls: Promise<void>[] = [];
  for (let first = 0; first < all; first += step) {
    const count = Math.min(step, all - first);
    const inputs = batchOf(model.inputs, images, plan, first, count);
    calls.push(
      client.predict(model.id, inputs, request.predict).then((answer) => {
        const outputs = orderedOutputs(answer, model.card?.heads);
        checkOutputs(outputs, { batch: count, rows: plan.rows.size, columns: plan.columns.size });
        assembly.add(first, outputs);
        request.onTiles?.(assembly.added, all);
      }),
    );
    if (calls.length >= callsInFlight(client, model, step)) await settleFirst(calls);
  }
  while (calls.length > 0) await settleFirst(calls);
  remember(client, model, step);
  return assembly.results;
}

/** Batches of about the same size, so that putting one together and taking one apart go beside a call under way. */
function evenBatches(all: number, limit: number): number {
  const calls = Math.max(Math.ceil(all / limit), Math.min(all, CALLS_IN_FLIGHT));
  return Math.ceil(all / calls);
}

/** The largest batches that have been answered, for each client and model. */
const answered = new WeakMap<PredictClient, Map<string, number>>();

/** One after the other until a batch of this size was answered: the first may teach the client how large a one is taken. */
function callsInFlight(client: PredictClient, model: ModelDescription, step: number): number {
  return (answered.get(client)?.get(modelName(model)) ?? 0) >= step ? CALLS_IN_FLIGHT : 1;
}

function remember(client: PredictClient, model: ModelDescription, step: number): void {
  const known = answered.get(client) ?? new Map<string, number>();
  known.set(modelName(model), Math.max(step, known.get(modelName(model)) ?? 0));
  answered.set(client, known);
}

/** Awaits the oldest call; if it fails the others are awaited too, so that none fails unheard. */
async function settleFirst(calls: Promise<void>[]): Promise<void> {
  try {
    await calls.shift();
  } catch (error) {
    await Promise.allSettled(calls);
    throw error;
  }
}

function checkImages(model: ModelDescription, images: readonly FloatArray[]): readonly [number, number, number] {
  const name = modelName(model);
  if (images.length !== model.inputs.length) {
    throw new KioskError(
      'KC_MODEL_INPUT',
      `Model ${name} takes ${model.inputs.length} inputs, ${images.length} images were given.`,
    );
  }
  const [items, rows, columns] = images[0]!.shape as [number, number, number, number];
  for (const [index, input] of model.inputs.entries()) {
    const { shape } = images[index]!;
    if (
      input.shape.length !== 4 ||
      shape.length !== 4 ||
      shape[0] !== items ||
      shape[1] !== rows ||
      shape[2] !== columns
    ) {
      throw new KioskError(
        'KC_MODEL_INPUT',
        `An image of shape (${shape.join(', ')}) does not fit the input "${input.name}" of ${name}, (${input.shape.join(', ')}).`,
        {
          hint: 'Images are (batch, rows, columns, channels), and so must be the inputs of the model.',
        },
      );
    }
    const channels = input.shape[3]!;
    if (channels > 0 && channels !== shape[3]) throw wrongChannels(name, channels, shape[3]!);
  }
  return [items, rows, columns];
}

function wrongChannels(model: string, wanted: number, found: number): KioskError {
  return new KioskError('KC_MODEL_INPUT', `The image has ${found} channels; model ${model} takes ${wanted}.`, {
    hint: `Name the channels to use in the job's field "channels" (${Array.from({ length: wanted }, (_, i) => i).join(',')} for the first), or choose another model.`,
  });
}

/** How an image of this size is cut for a model, and whether tiles fade into each other. */
export function tilePlan(
  model: ModelDescription,
  [rows, columns]: readonly [number, number],
): { plan: HaloPlan; blend: boolean } {
  const [, fixedRows = -1, fixedColumns = -1] = model.inputs[0]!.shape;
  const tiling = model.card?.tiling;
  const fixedSize = fixedRows > 0 || fixedColumns > 0;
  const whole = tiling?.size === undefined && rows * columns <= WHOLE_IMAGE_PIXELS;
  const free = tiling?.size ?? (whole ? ([rows, columns] as const) : DEFAULT_TILE);
  const tileSize = [fixedRows > 0 ? fixedRows : free[0], fixedColumns > 0 ? fixedColumns : free[1]] as const;
  const multipleOf = tiling?.multipleOf ?? 1;
  const halo = tiling?.halo ?? Math.floor(Math.min(...tileSize) * UNKNOWN_HALO_SHARE);
  const plan = planHaloTiles([rows, columns], { tileSize, halo, multipleOf, fixedSize });
  return { plan, blend: tiling?.halo === undefined };
}

function totalChannels(images: readonly FloatArray[]): number {
  return images.reduce((sum, image) => sum + image.shape[3]!, 0);
}

/** Tiles `first` to `first + count` of all items, item by item, as one batch for each input. */
function batchOf(
  inputs: readonly TensorInfo[],
  images: readonly FloatArray[],
  plan: HaloPlan,
  first: number,
  count: number,
): Record<string, Tensor> {
  const batch: [string, Tensor][] = inputs.map((input, index) => {
    const image = images[index]!;
    if (isWhole(image.shape, plan)) return [input.name, fromFloat32(image.data, image.shape, input.dtype)];
    const tileShape = [plan.rows.size, plan.columns.size, image.shape[3]!];
    const data = new Float32Array(count * sizeOf(tileShape));
    for (let i = 0; i < count; i++) {
      const out = data.subarray(i * sizeOf(tileShape), (i + 1) * sizeOf(tileShape));
      extractTile(itemOf(image, Math.floor((first + i) / plan.tiles)), haloTile(plan, (first + i) % plan.tiles), out);
    }
    return [input.name, fromFloat32(data, [count, ...tileShape], input.dtype)];
  });
  return Object.fromEntries(batch);
}

/** Whether the one tile that there is, is the image itself: then nothing is cut, put together, or copied. */
function isWhole(shape: readonly number[], { tiles, rows, columns }: HaloPlan): boolean {
  return tiles === 1 && shape[0] === 1 && shape[1] === rows.size && shape[2] === columns.size;
}

/** Item `index` of a batch, (rows, columns, channels); a view. */
function itemOf(batch: FloatArray, index: number): FloatArray {
  const shape = batch.shape.slice(1);
  const size = sizeOf(shape);
  return ndArray(batch.data.subarray(index * size, (index + 1) * size), shape);
}

/** The results of whole images, growing tile by tile. */
class Assembly {
  readonly results: FloatArray[] = [];
  added = 0;
  readonly #blend: ReturnType<typeof blendWeights> | undefined;

  constructor(
    private readonly shape: readonly [items: number, rows: number, columns: number],
    private readonly plan: HaloPlan,
    blend: boolean,
  ) {
    this.#blend = blend && plan.tiles > 1 ? blendWeights(plan) : undefined;
  }

  add(first: number, outputs: readonly NamedOutput[]): void {
    const count = outputs[0]?.tensor.shape[0] ?? 0;
    for (const [head, { tensor }] of outputs.entries()) {
      const prediction = ndArray(toFloat32(tensor), tensor.shape);
      if (isWhole(this.shape, this.plan)) {
        this.results[head] = prediction;
        continue;
      }
      const result = (this.results[head] ??= this.#emptyResult(tensor.shape[3]!));
      for (let i = 0; i < count; i++) {
        const tile = haloTile(this.plan, (first + i) % this.plan.tiles);
        this.#place(itemOf(result, Math.floor((first + i) / this.plan.tiles)), tile, itemOf(prediction, i));
      }
    }
    this.added += count;
  }

  #emptyResult(channels: number): FloatArray {
    const shape = [...this.shape, channels];
    return ndArray(new Float32Array(sizeOf(shape)), shape);
  }

  #place(result: FloatArray, tile: HaloTile, prediction: FloatArray): void {
    if (this.#blend) blendTile(result, this.#blend, tile, prediction);
    else placeTile(result, tile, prediction);
  }
}

function modelName(model: ModelDescription): string {
  return model.id.version === undefined ? model.id.name : `${model.id.name}:${model.id.version}`;
}
