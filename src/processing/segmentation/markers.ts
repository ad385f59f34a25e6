import type { Volume } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';
import { numberRuns } from '../measure/label.js';
import { runsOfPixels } from '../measure/runs.js';

/** Pixels from which floods start, in raster order, and their labels. */
export interface Markers {
  readonly pixels: Int32Array;
  /** Above 0. */
  readonly labels: Int32Array;
}

/** @throws {RangeError} if a label is negative */
export function markersOf({ data }: LabelArray): Markers {
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i += 1) {
    if (data[i] === 0) continue;
    if (data[i]! < 0) throw new RangeError(`watershed: markers hold ${data[i]}; labels are 0 (none) or positive`);
    pixels.push(i);
  }
  return { pixels: Int32Array.from(pixels), labels: Int32Array.from(pixels, (pixel) => data[pixel]!) };
}

/** Connected seeds (corners included) become one marker, numbered in raster order of their first pixels. */
export function connectSeeds(seeds: Int32Array, volume: Volume, rank: number): Markers {
  const runs = runsOfPixels(seeds, volume);
  const { numbers } = numberRuns(runs, volume, rank);
  const labels = new Int32Array(seeds.length);
  let seed = 0;
  for (let run = 0; run < runs.count; run += 1) {
    const next = seed + runs.end[run]! - runs.begin[run]!;
    labels.fill(numbers[run]!, seed, next);
    seed = next;
  }
  return { pixels: seeds, labels };
}
