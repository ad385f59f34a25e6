import { KioskError } from '../errors/kiosk-error.js';
import type { NamedOutput } from '../models/outputs.js';
import { toFloat32 } from '../models/tensor.js';
import { sizeOf, type FloatArray } from '../processing/array/nd-array.js';
import type { HaloTile } from '../processing/transform/halo-plan.js';

/** Boxes, scores, labels, masks of a batch of tiles; each (tiles, N, …) float32. */
export type Detections = readonly [boxes: FloatArray, scores: FloatArray, labels: FloatArray, masks: FloatArray];

/** What was found in one tile: item `index` of a batch. */
export interface TileDetections {
  readonly heads: Detections;
  readonly index: number;
  /** The image of the batch that the tile is a part of. */
  readonly item: number;
  readonly tile: HaloTile;
}

const MASK_RANK = 5;
/** Filling up with this score makes no detection: all thresholds are above. */
const NO_DETECTION = -1;
/** A box longer than so many tiles is no box of this image; its mask would take memory without bound. */
const LONGEST_BOX = 3;

/**
 * The four outputs that are detections: the last of rank 5, masks, and the three before it.
 * @throws {KioskError} `KC_MODEL_OUTPUT` if there are none
 */
export function detectionHeads(outputs: readonly NamedOutput[]): NamedOutput[] {
  const masks = outputs.findLastIndex(({ tensor }) => tensor.shape.length === MASK_RANK);
  if (masks >= 3) return outputs.slice(masks - 3, masks + 1);
  throw wrongDetections(outputs);
}

/**
 * The detections of one answer, checked and as float32.
 * @param outputs detections, and maps between or after them
 * @param tile rows and columns of a tile
 * @throws {KioskError} `KC_MODEL_OUTPUT` if shapes do not fit, a value is not finite, or a box is absurdly long
 */
export function detectionsOf(
  outputs: readonly NamedOutput[],
  count: number,
  tile: readonly [rows: number, columns: number],
): { readonly heads: Detections } {
  const found = detectionHeads(outputs);
  const [boxes, scores, labels, masks] = found.map(({ tensor }) => tensor.shape) as [
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  const expected = [count, boxes[1]].join();
  const fits =
    boxes.join() === [count, boxes[1], 4].join() &&
    scores.join() === expected &&
    labels.join() === expected &&
    masks.slice(0, 2).join() === expected &&
    sizeOf(masks.slice(2)) > 0;
  if (!fits) throw wrongDetections(found);
  const heads = found.map(({ name, tensor }) => {
    const data = toFloat32(tensor);
    if (data.every(Number.isFinite)) return { shape: tensor.shape, data };
    throw new KioskError('KC_MODEL_OUTPUT', `Output "${name}" holds NaN or infinite values.`, {
      hint: 'check the input image and the pre-processing; else the model is broken',
    });
  });
  checkBoxes(heads[0]!, tile);
  return { heads: heads as unknown as Detections };
}

function checkBoxes({ data }: FloatArray, [rows, columns]: readonly [number, number]): void {
  const limit = LONGEST_BOX * Math.max(rows, columns);
  for (let i = 0; i < data.length; i += 4) {
    const [width, height] = [data[i + 2]! - data[i]!, data[i + 3]! - data[i + 1]!];
    if (width <= limit && height <= limit) continue;
    throw new KioskError(
      'KC_MODEL_OUTPUT',
      `The model found a box of ${Math.round(width)} × ${Math.round(height)} pixels in ${columns} × ${rows}.`,
      { hint: 'boxes are x1, y1, x2, y2 in pixels of the image that the model is shown' },
    );
  }
}

/**
 * Puts the detections of tiles together: boxes in pixels of the whole image, (items, N, …) each.
 * @param tiles of all items; of one tile that is the image everything is kept as it is
 */
export function mergeDetections(tiles: readonly TileDetections[], items: number): FloatArray[] {
  const kept = Array.from({ length: items }, (): { tile: TileDetections; detection: number }[] => []);
  for (const tile of tiles) {
    const count = tile.heads[0].shape[1]!;
    for (let detection = 0; detection < count; detection++) {
      if (isWhole(tile.tile) || liesIn(tile, detection)) kept[tile.item]!.push({ tile, detection });
    }
  }
  const most = Math.max(...kept.map((list) => list.length));
  return ([0, 1, 2, 3] as const).map((head) => {
    const rest = tiles[0]!.heads[head].shape.slice(2);
    const size = sizeOf(rest);
    const data = new Float32Array(items * most * size).fill(head === 1 ? NO_DETECTION : 0);
    for (const [item, list] of kept.entries()) {
      for (const [place, { tile, detection }] of list.entries()) {
        const { shape, data: own } = tile.heads[head];
        const from = (tile.index * shape[1]! + detection) * size;
        data.set(own.subarray(from, from + size), (item * most + place) * size);
        if (head === 0) moveBox(data.subarray((item * most + place) * size), tile.tile);
      }
    }
    return { shape: [items, most, ...rest], data };
  });
}

function isWhole({ row, column, rows, columns, keep }: HaloTile): boolean {
  return row === 0 && column === 0 && rows === keep.rows && columns === keep.columns;
}

/** Whether the middle of a box lies in the part of the image that its tile stands for. */
function liesIn({ heads, index, tile }: TileDetections, detection: number): boolean {
  const [boxes] = heads;
  const [x1, y1, x2, y2] = boxes.data.subarray(4 * (index * boxes.shape[1]! + detection)) as unknown as number[];
  const row = tile.row + (y1! + y2!) / 2 - tile.keep.row;
  const column = tile.column + (x1! + x2!) / 2 - tile.keep.column;
  return row >= 0 && row < tile.keep.rows && column >= 0 && column < tile.keep.columns;
}

function moveBox(box: Float32Array, { row, column }: HaloTile): void {
  box[0]! += column;
  box[1]! += row;
  box[2]! += column;
  box[3]! += row;
}

function wrongDetections(outputs: readonly NamedOutput[]): KioskError {
  const found = outputs.map(({ name, tensor }) => `${name} (${tensor.shape.join(', ')})`).join(', ');
  return new KioskError(
    'KC_MODEL_OUTPUT',
    `The model answered ${found || 'nothing'}; boxes (batch, N, 4), scores (batch, N), labels (batch, N) and masks (batch, N, rows, columns, classes) are needed, in this order.`,
    { hint: 'use a detection model, name its heads in this order in its metadata.json, or choose another function' },
  );
}
