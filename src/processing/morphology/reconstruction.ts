import { requireSameShape, volumeOf } from '../array/checks.js';
import type { NdArray } from '../array/nd-array.js';
import type { Footprint } from './footprints.js';
import { frameFor, framedSteps, putInFrame, takeFromFrame } from './framed-image.js';

/**
 * Grey reconstruction by dilation: the seed spreads over the footprint, never above the mask, until nothing changes.
 *
 * Hybrid algorithm: one sweep down and one up the image do most of the work, a queue finishes what is left. Every sweep costs
 * half the footprint a pixel; `hMaxima` has a much faster way for its own case.
 *
 * @param seed      shape (rows, columns) or (planes, rows, columns); nowhere above the mask
 * @param mask      same shape
 * @param footprint symmetric, of the same rank: `disk` or `ball`
 * @returns float64, same shape
 * @throws {RangeError} if shapes or ranks differ, or the seed is above the mask somewhere
 * @see Vincent 1993, doi:10.1109/83.217222; scikit-image `morphology.reconstruction(method='dilation')`
 */
export function reconstruction(
  seed: NdArray<Float32Array | Float64Array>,
  mask: NdArray<Float32Array | Float64Array>,
  footprint: Footprint,
): NdArray<Float64Array> {
  const volume = volumeOf('reconstruction', 'seed', seed);
  requireSameShape('reconstruction', 'mask', mask, 'seed', seed);
  if (footprint.rank !== seed.shape.length) {
    throw new RangeError(`reconstruction: the footprint is ${footprint.rank}-D, the image ${seed.shape.length}-D`);
  }
  for (let i = 0; i < seed.data.length; i += 1) {
    if (seed.data[i]! > mask.data[i]!) {
      throw new RangeError(`reconstruction: seed ${seed.data[i]} is above mask ${mask.data[i]} at element ${i}`);
    }
  }
  const frame = frameFor(volume, footprint);
  const steps = framedSteps(frame, footprint);
  const level = putInFrame(frame, Float64Array.from(seed.data), new Float64Array(frame.size), -Infinity);
  const limit = putInFrame(frame, Float64Array.from(mask.data), new Float64Array(frame.size), -Infinity);
  const pixels = pixelsOf(frame.rowStarts, frame.columns);
  sweep(
    level,
    limit,
    pixels,
    steps.filter((step) => step < 0),
  );
  pixels.reverse();
  sweep(
    level,
    limit,
    pixels,
    steps.filter((step) => step > 0),
  );
  spread(level, limit, pixels, steps);
  return { shape: seed.shape, data: takeFromFrame(frame, level, new Float64Array(seed.data.length)) };
}

function pixelsOf(rowStarts: Int32Array, columns: number): Int32Array {
  const pixels = new Int32Array(rowStarts.length * columns);
  for (let row = 0; row < rowStarts.length; row += 1) {
    for (let column = 0; column < columns; column += 1) pixels[row * columns + column] = rowStarts[row]! + column;
  }
  return pixels;
}

/** Raises each pixel, in the given order, to the greatest level among its steps, at most to its limit. */
function sweep(level: Float64Array, limit: Float64Array, pixels: Int32Array, steps: Int32Array): void {
  for (let i = 0; i < pixels.length; i += 1) {
    const pixel = pixels[i]!;
    let greatest = level[pixel]!;
    for (let k = 0; k < steps.length; k += 1) {
      const value = level[pixel + steps[k]!]!;
      if (value > greatest) greatest = value;
    }
    const top = limit[pixel]!;
    level[pixel] = greatest > top ? top : greatest;
  }
}

/** Finishes: every pixel that may still raise another one goes through a first-in-first-out queue. */
function spread(level: Float64Array, limit: Float64Array, pixels: Int32Array, steps: Int32Array): void {
  let wave = pixels;
  const waiting = new Uint8Array(level.length);
  while (wave.length > 0) {
    const next: number[] = [];
    for (let i = 0; i < wave.length; i += 1) {
      const pixel = wave[i]!;
      const value = level[pixel]!;
      waiting[pixel] = 0;
      for (let k = 0; k < steps.length; k += 1) {
        const other = pixel + steps[k]!;
        const before = level[other]!;
        if (before >= value || before >= limit[other]!) continue;
        level[other] = Math.min(value, limit[other]!);
        if (waiting[other] === 1) continue;
        waiting[other] = 1;
        next.push(other);
      }
    }
    wave = Int32Array.from(next);
  }
}
