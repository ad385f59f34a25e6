import type { Volume } from '../array/checks.js';
import type { LabelArray, NdArray } from '../array/nd-array.js';
import { orderHeights } from './height-order.js';

/** What no flood enters: pixels left out, and the frame around the image. */
const BLOCKED = -1;

/**
 * The image laid out for flooding, with a frame of one blocked pixel, so that neighbours need no bounds test. Pixels are named
 * by their index in this layout.
 */
export interface FloodGround {
  /** Label, 0 = not reached yet, or negative where no flood goes; the flood writes here. */
  readonly labels: Int32Array;
  /** Whole numbers in the order of the heights; `order · ages + age` is exact for every age below `ages`. */
  readonly order: Uint32Array;
  readonly ages: number;
  /** Index steps to the neighbours across one axis, in raster order. */
  readonly neighbours: Int32Array;
  /** Labelled pixels at the start, in raster order. */
  readonly seeds: Int32Array;
  /** First pixel of each row of the image, in raster order. */
  readonly rowStarts: Int32Array;
}

/**
 * @param included uint8, same shape: the pixels to be flooded
 * @param size     how many these are
 * @throws {RangeError} if the height of one of them is NaN
 */
export function layGround(
  relief: NdArray<Float32Array | Float64Array>,
  markers: LabelArray,
  included: Uint8Array,
  size: number,
  { planes, rows, columns }: Volume,
): FloodGround {
  const planeFrame = relief.shape.length === 3 ? 1 : 0;
  const width = columns + 2;
  const slice = width * (rows + 2);
  const rowStarts = new Int32Array(planes * rows);
  for (let row = 0; row < rowStarts.length; row += 1) {
    rowStarts[row] = (Math.floor(row / rows) + planeFrame) * slice + ((row % rows) + 1) * width + 1;
  }
  const labels = new Int32Array(slice * (planes + 2 * planeFrame)).fill(BLOCKED);
  const pixels = new Int32Array(size);
  const heights = relief.data.slice(0, size);
  const seeds: number[] = [];
  let count = 0;
  for (let row = 0; row < rowStarts.length; row += 1) {
    const from = row * columns;
    const to = rowStarts[row]!;
    for (let column = 0; column < columns; column += 1) {
      if (included[from + column] === 0) continue;
      const marker = markers.data[from + column]!;
      heights[count] = relief.data[from + column]!;
      pixels[count] = to + column;
      count += 1;
      labels[to + column] = marker;
      if (marker !== 0) seeds.push(to + column);
    }
  }
  const order = new Uint32Array(labels.length);
  const ages = size + 1;
  const inOrder = orderHeights(heights, ages);
  for (let i = 0; i < count; i += 1) order[pixels[i]!] = inOrder[i]!;
  const neighbours = Int32Array.from(planeFrame === 1 ? [-slice, -width, -1, 1, width, slice] : [-width, -1, 1, width]);
  return { labels, order, ages, neighbours, seeds: Int32Array.from(seeds), rowStarts };
}

/** The labels without the frame, in `target`; pixels that were not included keep what stands there. */
export function liftLabels(ground: FloodGround, target: Int32Array): void {
  const { labels, rowStarts } = ground;
  const columns = target.length / Math.max(1, rowStarts.length);
  for (let row = 0; row < rowStarts.length; row += 1) {
    const from = rowStarts[row]!;
    const to = row * columns;
    for (let column = 0; column < columns; column += 1) {
      const label = labels[from + column]!;
      if (label !== BLOCKED) target[to + column] = label;
    }
  }
}
