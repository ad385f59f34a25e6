import type { FloatArray } from '../array/nd-array.js';
import type { PastedMask } from './paste-masks.js';
import { pasteMask } from './paste-masks.js';

/** What a RetinaMask model finds, for each image of a batch. */
export interface Detections {
  /** (batch, N, 4): x1, y1, x2, y2 in pixels. */
  readonly boxes: FloatArray;
  /** (batch, N), 0 … 1. */
  readonly scores: FloatArray;
  /** (batch, N, rows, columns, classes): the last class is used. */
  readonly masks: FloatArray;
}

/** Which detections count, and how their masks become binary. */
export interface DetectionThresholds {
  readonly scoreThreshold: number;
  readonly binarizeThreshold: number;
}

/**
 * Takes boxes, scores and masks from the end of a model's outputs: …, boxes, scores, labels, masks.
 * @throws {RangeError} if there are fewer than four outputs or their shapes do not fit
 */
export function detectionsOf(name: string, outputs: readonly FloatArray[]): Detections {
  const [boxes, scores, , masks] = outputs.slice(-4);
  if (!boxes || !scores || !masks) {
    throw new RangeError(`${name}: ${outputs.length} outputs; boxes, scores, labels and masks are needed`);
  }
  const [batches, count] = boxes.shape;
  const fits =
    boxes.shape.length === 3 &&
    boxes.shape[2] === 4 &&
    scores.shape.join() === [batches, count].join() &&
    masks.shape.length === 5 &&
    masks.shape[0] === batches &&
    masks.shape[1] === count &&
    masks.shape[4]! >= 1;
  if (fits) return { boxes, scores, masks };
  const shapes = [boxes, scores, masks].map(({ shape }) => `(${shape.join(', ')})`).join(', ');
  throw new RangeError(
    `${name}: boxes, scores and masks of shape ${shapes}; (batch, N, 4), (batch, N), (batch, N, rows, columns, classes) are accepted`,
  );
}

/** The binary masks of one image's detections whose score is above the threshold, in the model's order. */
export function masksOf(
  { boxes, scores, masks }: Detections,
  batch: number,
  shape: readonly [rows: number, columns: number],
  { scoreThreshold, binarizeThreshold }: DetectionThresholds,
): PastedMask[] {
  const [, count, rows, columns, classes] = masks.shape as [number, number, number, number, number];
  const pasted: PastedMask[] = [];
  for (let i = batch * count; i < (batch + 1) * count; i++) {
    if (!(scores.data[i]! > scoreThreshold)) continue;
    const mask = Float32Array.from(
      { length: rows * columns },
      (_, pixel) => masks.data[(i * rows * columns + pixel + 1) * classes - 1]!,
    );
    const box = Array.from(boxes.data.subarray(4 * i, 4 * i + 4)) as [number, number, number, number];
    pasted.push(pasteMask(mask, [rows, columns], box, shape, binarizeThreshold));
  }
  return pasted;
}
