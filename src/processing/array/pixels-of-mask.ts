import type { NdArray } from './nd-array.js';

/** Indices of the elements that are not 0, ascending. */
export function pixelsOfMask({ data }: NdArray<Uint8Array>): Int32Array {
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i += 1) {
    if (data[i] !== 0) pixels.push(i);
  }
  return Int32Array.from(pixels);
}
