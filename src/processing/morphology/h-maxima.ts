import { rangeOf } from '../array/range-of.js';
import { volumeOf } from '../array/checks.js';
import type { NdArray } from '../array/nd-array.js';
import { orderedKeys, sortByKey } from '../structures/ascending-order.js';
import type { Footprint } from './footprints.js';
import type { Frame } from './framed-image.js';
import { frameFor, putInFrame, takeFromFrame } from './framed-image.js';
import { LoweredHeight } from './lowered-height.js';
import { SummitSearch } from './summit-search.js';

/**
 * Maxima that stand out by at least `h`: 1 where the image exceeds the reconstruction of (image − h) by h or more.
 *
 * This asks for prominence, not height: from a pixel so marked, every path to something higher goes down by h first. Paths jump
 * as far as the footprint reaches, so two peaks nearer than its radius compete as if no valley lay between them. Pixels equal
 * within 2·10⁻⁶ of their value are maxima together. If h exceeds the range of the image there are none.
 *
 * @param image float32, shape (rows, columns) or (planes, rows, columns), finite
 * @param h     height above 0, in the image's unit
 * @param footprint `disk` for a 2-D image, `ball` for a 3-D one
 * @returns uint8 mask of 0 and 1, same shape
 * @throws {RangeError} if the rank is neither 2 nor 3, `h` is not above 0, or the footprint is of another rank
 * @see Soille 2003, "Morphological Image Analysis", ch. 6; scikit-image `morphology.h_maxima`: equal pixel for pixel
 */
export function hMaxima(image: NdArray<Float32Array>, h: number, footprint: Footprint): NdArray<Uint8Array> {
  const volume = volumeOf('hMaxima', 'image', image);
  if (!(h > 0)) throw new RangeError(`hMaxima: h is ${h}; it must be above 0`);
  if (footprint.rank !== image.shape.length) {
    throw new RangeError(`hMaxima: the footprint is ${footprint.rank}-D, the image ${image.shape.length}-D`);
  }
  const result = { shape: image.shape, data: new Uint8Array(image.data.length) };
  const [least, greatest] = rangeOf(image.data);
  if (h > Math.fround(greatest - least) || image.data.length === 0) return result;
  const frame = frameFor(volume, footprint);
  const heights = putInFrame(frame, image.data, new Float32Array(frame.size), -Infinity);
  const lowered = new LoweredHeight(h);
  const search = new SummitSearch(frame, footprint, heights, lowered);
  for (const candidate of findCandidates(frame, footprint, heights, lowered, [least, greatest])) search.test(candidate);
  takeFromFrame(frame, search.summits, result.data);
  return result;
}

/**
 * Pixels that may be maxima, highest first: no direct neighbour decides against them, and not everything is one region at their
 * level (height − h) while the highest seed lies above it.
 */
function findCandidates(
  frame: Frame,
  footprint: Footprint,
  heights: Float32Array,
  lowered: LoweredHeight,
  [least, greatest]: readonly [number, number],
): Int32Array {
  const steps = directSteps(frame, footprint);
  const { rowStarts, columns } = frame;
  // Below this level the whole image is one region, which holds the seed of its highest pixel.
  const lowest = footprint.radius > 0 ? Math.min(least, lowered.seed(greatest)) : -Infinity;
  const found: number[] = [];
  for (let row = 0; row < rowStarts.length; row += 1) {
    const first = rowStarts[row]!;
    for (let pixel = first; pixel < first + columns; pixel += 1) {
      const level = lowered.level(heights[pixel]!);
      if (level < lowest) continue;
      let k = 0;
      while (k < steps.length && lowered.seed(heights[pixel + steps[k]!]!) <= level) k += 1;
      if (k === steps.length) found.push(pixel);
    }
  }
  const candidates = Int32Array.from(found);
  const keys = orderedKeys(Float32Array.from(candidates, (pixel) => -heights[pixel]!));
  sortByKey(keys, candidates);
  return candidates;
}

/** Steps to the neighbours by edge and, if the footprint holds them, by corner. */
function directSteps(frame: Frame, footprint: Footprint): Int32Array {
  const steps: number[] = [];
  for (let i = 0; i < footprint.columns.length; i += 1) {
    const [plane, row, column] = [footprint.planes[i]!, footprint.rows[i]!, footprint.columns[i]!];
    if (Math.max(Math.abs(plane), Math.abs(row), Math.abs(column)) !== 1) continue;
    steps.push(plane * frame.slice + row * frame.width + column);
  }
  return Int32Array.from(steps);
}
