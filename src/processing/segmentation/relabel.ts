import type { LabelArray } from '../array/nd-array.js';
import { labelTable, replaceLabels } from '../measure/label-table.js';

/**
 * Numbers the labels 1, 2, … without gaps, in their present ascending order; 0 stays.
 *
 * @param labels label image of any rank
 * @throws {RangeError} if a label is negative
 * @see scikit-image `segmentation.relabel_sequential`
 */
export function relabelSequential(labels: LabelArray): LabelArray {
  const { values } = labelTable('relabelSequential', labels.data);
  if ((values.at(-1) ?? 0) === values.length) return { shape: labels.shape, data: labels.data.slice() };
  const numbers = values.map((_, i) => i + 1);
  return { shape: labels.shape, data: replaceLabels(labels.data, values, numbers) };
}
