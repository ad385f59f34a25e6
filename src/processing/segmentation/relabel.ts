import type { LabelArray } from '../array/nd-array.js';
import { labelTable, replaceInPlace, replaceLabels } from '../measure/label-table.js';
import type { Stretches } from '../measure/runs.js';
import { requireSize } from '../morphology/remove-small-objects.js';

/**
 * Numbers the labels 1, 2, … without gaps, in their present ascending order; 0 stays.
 *
 * @param labels label image of any rank
 * @throws {RangeError} if a label is negative
 * @see scikit-image `segmentation.relabel_sequential`
 */
export function relabelSequential(labels: LabelArray): LabelArray {
  const { values } = labelTable('relabelSequential', labels.data);
  return { shape: labels.shape, data: replaceLabels(labels.data, values, countFrom1(values.length)) };
}

/**
 * What `removeSmallObjects` and then `relabelSequential` do, in place.
 *
 * @param labels    none negative
 * @param minSize   pixels; objects of exactly this size stay
 * @param stretches where labels are
 * @throws {RangeError} if `minSize` is not a number ≥ 0
 */
export function renumberInPlace(labels: Int32Array, minSize: number, stretches: Stretches): void {
  requireSize('renumberInPlace', minSize);
  const { values, areas } = labelTable('renumberInPlace', labels, stretches);
  const kept = minSize > 0 ? values.filter((_, i) => areas[i]! >= minSize) : values;
  // Numbered from 1 without a gap, and nothing to remove: as it should be.
  if (kept.length === values.length && (values.at(-1) ?? 0) === values.length) return;
  replaceInPlace(labels, kept, countFrom1(kept.length), stretches);
}

function countFrom1(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i + 1);
}
