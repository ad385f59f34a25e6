import { volumeOf } from '../array/checks.js';
import type { FloatArray, LabelArray } from '../array/nd-array.js';
import type { Runs } from '../measure/runs.js';
import { runsAbove } from '../measure/runs.js';
import { connectSeeds } from './markers.js';
import { floodScene } from './watershed.js';

export interface FloodedInterior {
  readonly labels: LabelArray;
  /** The interior. */
  readonly runs: Runs;
}

/**
 * Grows cells from seeds: connected seeds (corners included) become markers, which flood the negated interior map where
 * it is above a threshold. Parts of the interior without a seed stay background.
 *
 * @param seeds pixels in raster order
 * @param interior shape (rows, columns) or (planes, rows, columns)
 * @param threshold compared strictly, as a float32 number: so numpy compares float32 arrays with a Python float
 * @param target zeros, as many as the interior has pixels: the labels are written here. Default: a new array
 */
export function floodInterior(
  seeds: Int32Array,
  interior: FloatArray,
  threshold: number,
  target = new Int32Array(interior.data.length),
): FloodedInterior {
  const volume = volumeOf('floodInterior', 'interior', interior);
  const rank = interior.shape.length;
  const runs = runsAbove(interior.data, Math.fround(threshold), volume);
  const markers = connectSeeds(seeds, volume, rank);
  floodScene({ relief: interior.data, sign: -1, runs, markers, volume, rank }, target);
  return { labels: { shape: interior.shape, data: target }, runs };
}
