import type { LabelArray } from '../array/nd-array.js';
import { forRuns, sharedPixels } from './shared-pixels.js';

/** How one predicted label image fits the true one. */
export interface LabelMatch {
  /** Objects of the truth and of the prediction. */
  readonly truths: number;
  readonly predictions: number;
  /** IoU of every overlapping pair whose IoU is at least 0.5; above 0.5 such pairs are one to one. */
  readonly ious: Float64Array;
}

export interface LabelScore {
  readonly images: number;
  /** Objects of the truth. */
  readonly objects: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** F1 at IoU > 0.5 over the objects of all images together. */
  readonly f1Pooled: number;
  /** F1 at IoU > 0.5 of each image, averaged; an image with no object on either side counts 1. */
  readonly f1ImageMean: number;
  /** TP / (TP + FP + FN), averaged over IoU > 0.50, 0.55 … 0.95 and over images. */
  readonly meanAveragePrecision: number;
}

/** The ten IoU thresholds as numpy's `arange(0.5, 0.96, 0.05)` holds them: they are not all the nearest doubles. */
export const AP_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) => 0.5 + i * (0.5 + 0.05 - 0.5));

/**
 * Compares two label images.
 * @param truth, prediction int32 of the same shape, any rank; values < 1 are background
 * @throws {RangeError} if the shapes differ
 */
export function matchLabels(truth: LabelArray, prediction: LabelArray): LabelMatch {
  if (truth.shape.join() !== prediction.shape.join()) {
    throw new RangeError(
      `matchLabels: a prediction of shape (${prediction.shape.join(', ')}) for a truth of (${truth.shape.join(', ')})`,
    );
  }
  const truthAreas = areas(truth.data);
  const predictionAreas = areas(prediction.data);
  const ious: number[] = [];
  for (const [a, overlaps] of sharedPixels(truth.data, prediction.data)) {
    for (const [b, shared] of overlaps) {
      const iou = shared / (truthAreas.get(a)! + predictionAreas.get(b)! - shared);
      if (iou >= 0.5) ious.push(iou);
    }
  }
  return { truths: truthAreas.size, predictions: predictionAreas.size, ious: Float64Array.from(ious) };
}

/** Scores a set of compared images together. */
export function scoreMatches(matches: readonly LabelMatch[]): LabelScore {
  let hits = 0;
  let truths = 0;
  let predictions = 0;
  let f1Sum = 0;
  let precisionSum = 0;
  for (const match of matches) {
    const found = hitsAbove(match, 0.5);
    const objects = match.truths + match.predictions;
    hits += found;
    truths += match.truths;
    predictions += match.predictions;
    f1Sum += objects > 0 ? (2 * found) / objects : 1;
    precisionSum += objects > 0 ? averagePrecision(match) : 1;
  }
  return {
    images: matches.length,
    objects: truths,
    truePositives: hits,
    falsePositives: predictions - hits,
    falseNegatives: truths - hits,
    f1Pooled: (2 * hits) / Math.max(truths + predictions, 1),
    f1ImageMean: matches.length > 0 ? f1Sum / matches.length : 0,
    meanAveragePrecision: matches.length > 0 ? precisionSum / matches.length : 0,
  };
}

function averagePrecision(match: LabelMatch): number {
  let sum = 0;
  for (const threshold of AP_THRESHOLDS) {
    const hits = hitsAbove(match, threshold);
    sum += hits / Math.max(match.truths + match.predictions - hits, 1);
  }
  return sum / AP_THRESHOLDS.length;
}

function hitsAbove(match: LabelMatch, threshold: number): number {
  let hits = 0;
  for (const iou of match.ious) if (iou > threshold) hits++;
  return hits;
}

function areas(data: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  forRuns(data, data, (label, _, length) => counts.set(label, (counts.get(label) ?? 0) + length));
  return counts;
}
