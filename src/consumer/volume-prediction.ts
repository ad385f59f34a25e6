import { KioskError } from '../errors/kiosk-error.js';
import type { ModelDescription, PredictClient, Tensor } from '../models/contract.js';
import { sizeOf, type FloatArray } from '../processing/array/nd-array.js';
import { foldPlanes, unfoldPlanes } from '../processing/transform/fold-planes.js';
import { planHaloTiles, type HaloAxis } from '../processing/transform/halo-plan.js';
import { reflectIndex } from '../processing/transform/pad-reflect.js';
import { predictTiled, type TiledPredictionRequest } from './tiled-prediction.js';
import { VOLUME_RANK } from './volume-rank.js';

/** Windows of planes overlap by a quarter, and are cut in the middle. */
const HALO_SHARE = 1 / 8;

/**
 * Asks a model of volumes about whole stacks. Planes become channels on the way through {@link predictTiled}, which cuts
 * rows and columns; a model of a fixed number of planes is shown windows of as many, mirrored at the ends of the stack.
 *
 * @param request images (batch, planes, rows, columns, channels), for a model whose inputs have these axes
 * @returns one array (batch, planes, rows, columns, channels) for each head
 * @throws {KioskError} as {@link predictTiled}
 */
export async function predictVolumes(request: TiledPredictionRequest): Promise<FloatArray[]> {
  const { model, images } = request;
  checkVolumes(model, images);
  const planes = images[0]!.shape[1]!;
  const axis = planeWindows(planes, model.inputs[0]!.shape[1]!);
  const client = foldingClient(request.client, axis.size);
  const folded = foldedModel(model, axis.size);
  const results: FloatArray[] = [];
  for (const [window, start] of axis.starts.entries()) {
    const inputs = images.map((image) => foldPlanes(takePlanes(image, start, axis.size)));
    const heads = await predictTiled({ ...request, client, model: folded, images: inputs });
    for (const [head, answer] of heads.entries()) {
      const part = unfoldPlanes(answer, axis.size);
      results[head] ??= emptyLike(part, planes);
      placePlanes(results[head], part, start, [axis.cuts[window]!, axis.cuts[window + 1]!]);
    }
  }
  return results;
}

function checkVolumes(model: ModelDescription, images: readonly FloatArray[]): void {
  for (const { shape } of images) {
    if (shape.length === VOLUME_RANK && shape[1] === images[0]!.shape[1]) continue;
    throw new KioskError(
      'KC_MODEL_INPUT',
      `Model ${model.id.name} takes volumes, (batch, planes, rows, columns, channels); the image has shape (${shape.join(', ')}).`,
    );
  }
}

function planeWindows(planes: number, fixed: number): HaloAxis {
  const size = fixed > 0 ? fixed : planes;
  const halo = Math.floor(size * HALO_SHARE);
  return planHaloTiles([planes, 1], { tileSize: [size, 1], halo, fixedSize: true }).rows;
}

function foldedModel(model: ModelDescription, planes: number): ModelDescription {
  const inputs = model.inputs.map((input) => {
    const [batch = -1, , rows = -1, columns = -1, channels = -1] = input.shape;
    return { ...input, shape: [batch, rows, columns, channels > 0 ? planes * channels : -1] };
  });
  return { ...model, inputs, outputs: [] };
}

/** Shows the model volumes and gives back images. */
function foldingClient(client: PredictClient, planes: number): PredictClient {
  return {
    address: client.address,
    describe: (model, options) => client.describe(model, options),
    ping: (options) => client.ping(options),
    close: () => client.close(),
    async predict(model, inputs, options) {
      const volumes = mapTensors(inputs, (tensor) => ({ ...unfoldPlanes(tensor, planes), dtype: tensor.dtype }));
      const answer = await client.predict(model, volumes, options);
      return mapTensors(answer, (tensor, name) => {
        if (tensor.shape.length === VOLUME_RANK && tensor.shape[1] === planes) {
          return { ...foldPlanes(tensor), dtype: tensor.dtype };
        }
        throw new KioskError(
          'KC_MODEL_OUTPUT',
          `Output "${name}" has shape (${tensor.shape.join(', ')}), expected (batch, ${planes}, rows, columns, channels).`,
          { hint: 'use a model that answers volumes, or name the heads that it answers so in its metadata.json' },
        );
      });
    },
  };
}

function mapTensors(
  tensors: Readonly<Record<string, Tensor>>,
  map: (tensor: Tensor, name: string) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor, name)]));
}

/** `count` planes of each item from `start`, which may be negative; what lies outside is mirrored. */
function takePlanes(volume: FloatArray, start: number, count: number): FloatArray {
  const [batch, planes, ...plane] = volume.shape as [number, number, ...number[]];
  if (start === 0 && count === planes) return volume;
  const size = sizeOf(plane);
  const data = new Float32Array(batch * count * size);
  for (let item = 0; item < batch; item++) {
    for (let i = 0; i < count; i++) {
      const from = (item * planes + reflectIndex(start + i, planes)) * size;
      data.set(volume.data.subarray(from, from + size), (item * count + i) * size);
    }
  }
  return { shape: [batch, count, ...plane], data };
}

function emptyLike({ shape }: FloatArray, planes: number): FloatArray {
  const own = [shape[0]!, planes, ...shape.slice(2)];
  return { shape: own, data: new Float32Array(sizeOf(own)) };
}

/** Copies the planes from `first` to `end` of the stack out of a window that begins at `start`. */
function placePlanes(
  target: FloatArray,
  part: FloatArray,
  start: number,
  [first, end]: readonly [number, number],
): void {
  const size = sizeOf(part.shape.slice(2));
  for (let item = 0; item < part.shape[0]!; item++) {
    const from = (item * part.shape[1]! + first - start) * size;
    target.data.set(part.data.subarray(from, from + (end - first) * size), (item * target.shape[1]! + first) * size);
  }
}
