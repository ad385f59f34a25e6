import type { LabelArray, NdArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { labelTable, replaceLabels } from '../measure/label-table.js';

/**
 * Removes every label with fewer than `minSize` pixels; the pieces of one label count together. Numbers are kept, so gaps may
 * remain. 0 gives a copy.
 *
 * @param labels  label image of any rank
 * @param minSize pixels; objects of exactly this size stay
 * @throws {RangeError} if a label is negative or `minSize` is not a number ≥ 0
 * @see scikit-image `morphology.remove_small_objects` on an integer image
 */
export function removeSmallObjects(labels: LabelArray, minSize: number): LabelArray {
  requireSize('removeSmallObjects', minSize);
  if (minSize === 0) return { shape: labels.shape, data: labels.data.slice() };
  const { values, areas } = labelTable('removeSmallObjects', labels.data);
  const kept = values.filter((_, i) => areas[i]! >= minSize);
  return { shape: labels.shape, data: replaceLabels(labels.data, kept, kept) };
}

/**
 * The same for a mask, whose objects are its connected components.
 *
 * @param mask         uint8, shape (rows, columns) or (planes, rows, columns); non-zero is object
 * @param connectivity as for `label`. @default 1, shared edges
 * @returns uint8 mask of 0 and 1
 * @throws {RangeError} if the rank is neither 2 nor 3, or a number is out of range
 * @see scikit-image `morphology.remove_small_objects` on a boolean image
 */
export function removeSmallRegions(mask: NdArray<Uint8Array>, minSize: number, connectivity = 1): NdArray<Uint8Array> {
  requireSize('removeSmallRegions', minSize);
  const kept = removeSmallObjects(label(mask, { connectivity }).labels, minSize).data;
  return { shape: mask.shape, data: Uint8Array.from(kept, (value) => (value === 0 ? 0 : 1)) };
}

/** @throws {RangeError} unless `minSize` is a number of pixels */
export function requireSize(caller: string, minSize: number): void {
  if (!(minSize >= 0)) throw new RangeError(`${caller}: minSize is ${minSize}; it must be a number of pixels ≥ 0`);
}
