import type { FloatArray, LabelArray } from '../array/nd-array.js';
import { removeSmallObjects } from '../morphology/remove-small-objects.js';
import { relabelSequential } from '../segmentation/relabel.js';
import { detectionsOf, masksOf } from './detections.js';
import { drawDetections } from './draw-detections.js';
import { labelUncovered } from './label-uncovered.js';
import { sortMasks } from './sort-masks.js';

export interface RetinanetSemanticOptions {
  /** Detections with a higher score count. Default 0.5. */
  readonly scoreThreshold?: number;
  /** A mask that overlaps two or more others by a greater IoU is dropped. Default 0.25. */
  readonly multiIouThreshold?: number;
  /** A mask covers the pixels above this. Default 0.5. */
  readonly binarizeThreshold?: number;
  /** Cells without a box are seeded where the last semantic class is above this. Default 0.5. */
  readonly watershedThreshold?: number;
  /** They are dropped if their perimeter² / area exceeds this many times that of a circle. Default 2. */
  readonly perimeterAreaThreshold?: number;
  /** Objects of fewer pixels are removed. Default 100. */
  readonly smallObjectsThreshold?: number;
}

/**
 * Labels from the detections of a RetinaMask model with a semantic head, which adds the cells that no box found. Source:
 * deepcell-toolbox ≤ 0.8.6 `retinamask_semantic_postprocess`; an empty box, an error there, is left away.
 *
 * @param outputs …, boxes, scores, labels, masks, semantic (batch, rows, columns, classes)
 * @returns (batch, rows, columns) int32 of the semantic map's size, numbered from 1 in each image
 * @throws {RangeError} if outputs are missing or do not fit each other
 */
export function retinanetSemanticToLabelImage(
  outputs: readonly FloatArray[],
  options: RetinanetSemanticOptions = {},
): LabelArray {
  const { scoreThreshold = 0.5, multiIouThreshold = 0.25, binarizeThreshold = 0.5 } = options;
  const { watershedThreshold = 0.5, perimeterAreaThreshold = 2, smallObjectsThreshold = 100 } = options;
  const detections = detectionsOf('retinanetSemanticToLabelImage', outputs.slice(0, -1));
  const semantic = outputs.at(-1)!;
  const [batches, rows, columns] = semantic.shape as [number, number, number];
  if (semantic.shape.length !== 4 || batches !== detections.boxes.shape[0]) {
    throw new RangeError(
      `retinanetSemanticToLabelImage: a semantic map of shape (${semantic.shape.join(', ')}); ` +
        `(${detections.boxes.shape[0]}, rows, columns, classes) is accepted`,
    );
  }
  const size = rows * columns;
  const data = new Int32Array(batches * size);
  for (let batch = 0; batch < batches; batch++) {
    const masks = masksOf(detections, batch, [rows, columns], { scoreThreshold, binarizeThreshold });
    const labels = drawDetections(sortMasks(masks, multiIouThreshold), rows, columns);
    const classes = semantic.shape[3]!;
    const map = semantic.data.subarray(batch * size * classes, (batch + 1) * size * classes);
    const found = labelUncovered(
      { shape: [rows, columns, classes], data: map },
      labels,
      watershedThreshold,
      perimeterAreaThreshold,
    );
    let offset = 0;
    for (const label of labels) if (label > offset) offset = label;
    for (let pixel = 0; pixel < size; pixel++) if (found[pixel]! > 0) labels[pixel] = found[pixel]! + offset;
    const cells = removeSmallObjects({ shape: [rows, columns], data: labels }, smallObjectsThreshold);
    data.set(relabelSequential(cells).data, batch * size);
  }
  return { shape: [batches, rows, columns], data };
}
