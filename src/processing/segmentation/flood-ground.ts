import type { Volume } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { rankValues } from '../structures/value-ranks.js';

/** What no flood enters: pixels outside the mask, and the frame around the image. */
export const BLOCKED = -1;

/**
 * The image laid out for flooding, with a frame of one blocked pixel, so that neighbours need no bounds test. Pixels are named
 * by their index in this layout.
 */
export interface FloodGround {
  readonly volume: Volume;
  /** Label, 0 = not reached yet, or `BLOCKED`; the flood writes here. */
  readonly labels: Int32Array;
  /** Index steps to the neighbours across one axis, in raster order. */
  readonly neighbours: Int32Array;
  /** Rank of each pixel's height among the distinct heights inside the mask. */
  readonly ranks: Int32Array;
  /** Rank r occurs `firstSlot[r + 1] − firstSlot[r]` times. */
  readonly firstSlot: Int32Array;
  /** Labelled pixels at the start, in raster order. */
  readonly seeds: Int32Array;
}

/** @throws {RangeError} for a NaN height inside the mask, or a negative marker */
export function layGround(
  relief: NdArray<Float32Array | Float64Array>,
  markers: LabelArray,
  mask: NdArray<Uint8Array> | undefined,
  volume: Volume,
): FloodGround {
  const { planes, rows, columns } = volume;
  const framed = relief.shape.length === 3;
  const width = columns + 2;
  const slice = width * (rows + 2);
  const labels = new Int32Array(slice * (framed ? planes + 2 : 1)).fill(BLOCKED);
  const heights = relief.data.slice();
  const pixels = new Int32Array(heights.length);
  const seeds = new Int32Array(heights.length);
  let pixelCount = 0;
  let seedCount = 0;
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const source = (plane * rows + row) * columns;
      const target = (framed ? plane + 1 : 0) * slice + (row + 1) * width + 1;
      for (let column = 0; column < columns; column += 1) {
        if (mask && mask.data[source + column] === 0) continue;
        const marker = markers.data[source + column]!;
        heights[pixelCount] = relief.data[source + column]!;
        pixels[pixelCount] = target + column;
        pixelCount += 1;
        labels[target + column] = marker;
        if (marker === 0) continue;
        seeds[seedCount] = target + column;
        seedCount += 1;
      }
    }
  }
  checkInside(heights.subarray(0, pixelCount), labels, seeds.subarray(0, seedCount));
  const sorted = rankValues(heights.subarray(0, pixelCount), pixels.subarray(0, pixelCount));
  const ranks = scatterRanks(sorted.items, sorted.firstSlot, labels.length);
  const neighbours = Int32Array.from(framed ? [-slice, -width, -1, 1, width, slice] : [-width, -1, 1, width]);
  return { volume, labels, neighbours, ranks, firstSlot: sorted.firstSlot, seeds: seeds.slice(0, seedCount) };
}

/** The labels without the frame, 0 where no flood came. */
export function liftLabels(ground: FloodGround, shape: readonly number[]): LabelArray {
  const { rows, columns, planes } = ground.volume;
  const width = columns + 2;
  const slice = width * (rows + 2);
  const planeFrame = shape.length === 3 ? 1 : 0;
  const data = new Int32Array(planes * rows * columns);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const target = (plane * rows + row) * columns;
      const source = (plane + planeFrame) * slice + (row + 1) * width + 1;
      for (let column = 0; column < columns; column += 1) {
        const value = ground.labels[source + column]!;
        data[target + column] = value === BLOCKED ? 0 : value;
      }
    }
  }
  return { shape, data };
}

function scatterRanks(items: Int32Array, firstSlot: Int32Array, size: number): Int32Array {
  const ranks = new Int32Array(size);
  for (let rank = 0; rank + 1 < firstSlot.length; rank += 1) {
    const last = firstSlot[rank + 1]!;
    for (let slot = firstSlot[rank]!; slot < last; slot += 1) ranks[items[slot]!] = rank;
  }
  return ranks;
}

function checkInside(heights: Float32Array | Float64Array, labels: Int32Array, seeds: Int32Array): void {
  for (let i = 0; i < heights.length; i += 1) {
    if (heights[i] !== heights[i]) throw new RangeError('watershed: relief holds NaN inside the mask');
  }
  for (let i = 0; i < seeds.length; i += 1) {
    const marker = labels[seeds[i]!]!;
    if (marker < 0) throw new RangeError(`watershed: markers hold ${marker}; labels are 0 (none) or positive`);
  }
}
