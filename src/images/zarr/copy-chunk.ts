import type { NdArray } from '../../processing/array/nd-array.js';

/** An array with the distance in elements between neighbours along each axis. */
export interface StridedArray extends NdArray {
  readonly stride: readonly number[];
}

/**
 * Copies a chunk to its place in an array; what reaches beyond the array is left out.
 *
 * @param target C order, of the same rank and element type as the chunk
 * @param origin where the chunk's first element goes
 */
export function copyChunk(target: NdArray, chunk: StridedArray, origin: readonly number[]): void {
  // Both hold the same type of element; which one does not matter here.
  const to = target.data as Float64Array;
  const from = chunk.data as Float64Array;
  const last = target.shape.length - 1;
  const count = (axis: number): number => Math.min(chunk.shape[axis]!, target.shape[axis]! - origin[axis]!);
  const steps = stepsOf(target.shape);
  const lineLength = count(last);
  const lineStep = chunk.stride[last]!;
  const copyLines = (axis: number, toOffset: number, fromOffset: number): void => {
    if (axis === last) {
      const start = toOffset + origin[axis]!;
      if (lineStep === 1) to.set(from.subarray(fromOffset, fromOffset + lineLength), start);
      else for (let i = 0; i < lineLength; i += 1) to[start + i] = from[fromOffset + i * lineStep]!;
      return;
    }
    for (let i = 0; i < count(axis); i += 1) {
      copyLines(axis + 1, toOffset + (origin[axis]! + i) * steps[axis]!, fromOffset + i * chunk.stride[axis]!);
    }
  };
  copyLines(0, 0, 0);
}

/** Elements between neighbours along each axis, in C order. */
function stepsOf(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (const length of shape.toReversed()) {
    steps.unshift(step);
    step *= length;
  }
  return steps;
}
