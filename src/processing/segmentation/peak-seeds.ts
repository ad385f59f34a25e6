import type { FloatArray, NdArray } from '../array/nd-array.js';
import type { PeakLocalMaxOptions } from '../morphology/local-maxima.js';
import { peakLocalMax } from '../morphology/local-maxima.js';

/** The peaks of a map as a mask of the same shape: 1 at each peak. Options and errors are those of `peakLocalMax`. */
export function peakSeeds(map: FloatArray, options: PeakLocalMaxOptions): NdArray<Uint8Array> {
  const data = new Uint8Array(map.data.length);
  const { shape, data: coordinates } = peakLocalMax(map, options);
  const rank = map.shape.length;
  for (let peak = 0; peak < shape[0]!; peak++) {
    let pixel = 0;
    for (let axis = 0; axis < rank; axis++) pixel = pixel * map.shape[axis]! + coordinates[peak * rank + axis]!;
    data[pixel] = 1;
  }
  return { shape: map.shape, data };
}
