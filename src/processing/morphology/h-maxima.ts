import { volumeOf } from '../array/checks.js';
import type { NdArray } from '../array/nd-array.js';
import { orderedKeys, sortByKey } from '../structures/ascending-order.js';
import type { Footprint } from './footprints.js';
import type { Frame } from './framed-image.js';
import { frameFor, putInFrame, takeFromFrame } from './framed-image.js';
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
  const seeds = loweredBy(h, heights);
  const candidates = findCandidates(frame, footprint, heights, seeds, h, least);
  const search = new SummitSearch(frame, footprint, heights, seeds, h);
  for (const candidate of candidates) search.test(candidate);
  takeFromFrame(frame, search.summits, result.data);
  return result;
}

/** Image − h − 2q·|image| in float32, with q = 10⁻⁶, the decimal resolution of float32. */
function loweredBy(h: number, heights: Float32Array): Float32Array {
  const lowering = Math.fround(h);
  const tolerance = Math.fround(2e-6);
  const seeds = new Float32Array(heights.length);
  for (let i = 0; i < heights.length; i += 1) {
    const height = heights[i]!;
    seeds[i] = height === -Infinity ? height : Math.fround(height - lowering) - Math.fround(tolerance * Math.abs(height));
  }
  return seeds;
}

/**
 * Pixels that may be maxima, highest first: no direct neighbour decides against them, and not everything is one region at their
 * level (height − h) while the highest seed lies above it.
 */
function findCandidates(
  frame: Frame,
  footprint: Footprint,
  heights: Float32Array,
  seeds: Float32Array,
  h: number,
  least: number,
): Int32Array {
  const steps = directSteps(frame, footprint);
  const highestSeed = seeds.reduce((highest, seed) => (seed > highest ? seed : highest), -Infinity);
  const found: number[] = [];
  for (const first of frame.rowStarts) {
    for (let pixel = first; pixel < first + frame.columns; pixel += 1) {
      const level = heights[pixel]! - h;
      if (level < least && footprint.radius > 0 && highestSeed > level) continue;
      let k = 0;
      while (k < steps.length && seeds[pixel + steps[k]!]! <= level) k += 1;
      if (k === steps.length) found.push(pixel);
    }
  }
  const candidates = Int32Array.from(found);
  const keys = orderedKeys(Float32Array.from(candidates, (pixel) => -heights[pixel]!));
  sortByKey(keys, candidates);
  return candidates;
}

/** Steps to the neighbours by edge and, if the footprint holds them, by corner. */
function directSteps(frame: Frame, footprint: Footprint): number[] {
  const steps: number[] = [];
  for (let i = 0; i < footprint.columns.length; i += 1) {
    const [plane, row, column] = [footprint.planes[i]!, footprint.rows[i]!, footprint.columns[i]!];
    if (Math.max(Math.abs(plane), Math.abs(row), Math.abs(column)) !== 1) continue;
    steps.push(plane * frame.slice + row * frame.width + column);
  }
  return steps;
}

function rangeOf(values: Float32Array): [least: number, greatest: number] {
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
