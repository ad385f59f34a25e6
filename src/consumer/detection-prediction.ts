import type { ModelDescription, PredictClient, Tensor } from '../models/contract.js';
import { orderedOutputs, type NamedOutput } from '../models/outputs.js';
import type { FloatArray } from '../processing/array/nd-array.js';
import { haloTile } from '../processing/transform/halo-plan.js';
import { detectionHeads, detectionsOf, mergeDetections, type TileDetections } from './detection-heads.js';
import { predictTiled, tilePlan, type TiledPredictionRequest } from './tiled-prediction.js';

/** Heads that are maps, as rows of pixels: (batch, rows, columns, channels). */
const MAP_RANK = 4;

/**
 * Asks a detection model (RetinaNet, RetinaMask) about whole images. Its last output of rank 5 holds the masks; the three
 * before it are boxes, scores and labels; those of rank 4 are maps. An image larger than the model is cut into tiles: a
 * detection counts in the tile in whose part the middle of its box lies, and its box is moved to where it lies in the image.
 *
 * @returns boxes (batch, N, 4), scores and labels (batch, N), masks (batch, N, rows, columns, classes), and the maps (batch,
 *   rows, columns, channels), in the order of the heads; other outputs are left out. Where images have different numbers
 *   of detections, scores of −1 fill up
 * @throws {KioskError} `KC_MODEL_OUTPUT` if the model answers no detections; otherwise as {@link predictTiled}
 */
export async function predictDetections(request: TiledPredictionRequest): Promise<FloatArray[]> {
  const { model, images } = request;
  const [items, rows, columns] = images[0]!.shape as [number, number, number];
  const { plan } = tilePlan(model, [rows, columns]);
  const found: TileDetections[] = [];
  let isMap: readonly boolean[] = [];
  let asked = 0;

  /** Keeps the detections of an answer; the maps go on under names that sort as they came. */
  function divide(answer: Readonly<Record<string, Tensor>>, first: number, count: number): Record<string, Tensor> {
    const heads = wantedHeads(orderedOutputs(answer, model.card?.heads));
    isMap = heads.map(({ tensor }) => tensor.shape.length === MAP_RANK);
    const own = detectionsOf(heads, count, [plan.rows.size, plan.columns.size]);
    for (let i = 0; i < count; i++) {
      const index = first + i;
      found[index] = {
        ...own,
        index: i,
        item: Math.floor(index / plan.tiles),
        tile: haloTile(plan, index % plan.tiles),
      };
    }
    const maps = heads.filter((_, index) => isMap[index]);
    return Object.fromEntries(maps.map(({ tensor }, index) => [`map_${index}`, tensor]));
  }

  const client: PredictClient = {
    address: request.client.address,
    describe: (id, options) => request.client.describe(id, options),
    ping: (options) => request.client.ping(options),
    close: () => request.client.close(),
    async predict(id, inputs, options) {
      const count = inputs[model.inputs[0]!.name]!.shape[0]!;
      // Batches are asked for in order, whatever the order of their answers.
      const first = asked;
      asked += count;
      return divide(await request.client.predict(id, inputs, options), first, count);
    },
  };
  // The maps have new names, which the card does not know.
  const tiling = model.card?.tiling;
  const mapModel: ModelDescription = { ...model, card: tiling && { format: 1, tiling } };
  const maps = await predictTiled({ ...request, client, model: mapModel });
  const merged = mergeDetections(found, items);
  return isMap.map((map) => (map ? maps.shift()! : merged.shift()!));
}

/** Maps, and the four outputs that are detections. */
function wantedHeads(outputs: readonly NamedOutput[]): NamedOutput[] {
  const detections = detectionHeads(outputs);
  return outputs.filter((output) => output.tensor.shape.length === MAP_RANK || detections.includes(output));
}
