import type { FloatArray, LabelArray, NdArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { watershed } from './watershed.js';

/**
 * Grows cells from seeds: connected seeds (corners included) become markers, which flood the interior map from its
 * top where it is above a threshold. Parts of the interior without a seed stay background.
 *
 * @param seeds non-zero where a seed is, of the interior's shape: (rows, columns) or (planes, rows, columns)
 * @param threshold compared strictly, as a float32 number: so numpy compares float32 arrays with a Python float
 */
export function floodInterior(seeds: NdArray<Uint8Array>, interior: FloatArray, threshold: number): LabelArray {
  const { labels } = label(seeds);
  const mask = new Uint8Array(interior.data.length);
  const least = Math.fround(threshold);
  for (let pixel = 0; pixel < mask.length; pixel++) mask[pixel] = interior.data[pixel]! > least ? 1 : 0;
  return watershed(interior, labels, { mask: { shape: interior.shape, data: mask }, inverted: true });
}
