import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';
import { relabelSequential } from '../segmentation/relabel.js';
import { detectionsOf, masksOf } from './detections.js';
import { drawDetections } from './draw-detections.js';
import { sortMasks } from './sort-masks.js';

export interface RetinanetOptions {
  /** Rows and columns of the result, in pixels. Default 256 × 256. */
  readonly imageShape?: readonly [rows: number, columns: number];
  /** Detections with a higher score count. Default 0.5. */
  readonly scoreThreshold?: number;
  /** A mask that overlaps two or more others by a greater IoU is dropped. Default 0.25. */
  readonly multiIouThreshold?: number;
  /** A mask covers the pixels above this. Default 0.5. */
  readonly binarizeThreshold?: number;
  /** Objects of fewer pixels are removed. Default 0. */
  readonly smallObjectsThreshold?: number;
}

/**
 * Labels from the detections of a RetinaMask model. Source: deepcell-toolbox ≤ 0.8.6 `retinamask_postprocess`; where two
 * masks overlap, single pixels may differ from its iterative solver.
 *
 * @param outputs …, boxes, scores, labels, masks, as `Detections` describes them
 * @returns (batch, rows, columns) int32, numbered from 1 in each image
 * @throws {RangeError} if outputs are missing or do not fit each other
 */
export function retinanetToLabelImage(outputs: readonly FloatArray[], options: RetinanetOptions = {}): LabelArray {
  const { imageShape = [256, 256], scoreThreshold = 0.5, binarizeThreshold = 0.5 } = options;
  const { multiIouThreshold = 0.25, smallObjectsThreshold = 0 } = options;
  const [rows, columns] = imageShape;
  const detections = detectionsOf('retinanetToLabelImage', outputs);
  const batches = detections.boxes.shape[0]!;
  const data = new Int32Array(batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const masks = masksOf(detections, batch, imageShape, { scoreThreshold, binarizeThreshold });
    const drawn = drawDetections(sortMasks(masks, multiIouThreshold), rows, columns);
    const cells = removeSmallObjects({ shape: [rows, columns], data: drawn }, smallObjectsThreshold);
    data.set(relabelSequential(cells).data, batch * rows * columns);
  }
  return { shape: [batches, rows, columns], data };
}
