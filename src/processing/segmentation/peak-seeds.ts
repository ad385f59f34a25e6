import type { FloatArray, NdArray } from '../array/nd-array.js';
import type { PeakLocalMaxOptions } from '../morphology/local-maxima.js';
import { peakLocalMax } from '../morphology/local-maxima.js';

/** The peaks of a map as pixels in raster order. Options and errors are those of `peakLocalMax`. */
export function peakPixels(map: FloatArray, options: PeakLocalMaxOptions): Int32Array {
  const { shape, data: coordinates } = peakLocalMax(map, options);
  const rank = map.shape.length;
  const pixels = new Int32Array(shape[0]!);
  for (let peak = 0; peak < pixels.length; peak++) {
    let pixel = 0;
    for (let axis = 0; axis < rank; axis++) pixel = pixel * map.shape[axis]! + coordinates[peak * rank + axis]!;
    pixels[peak] = pixel;
  }
  return pixels.toSorted();
}

/** The same as a mask of the map's shape: 1 at each peak. */
export function peakSeeds(map: FloatArray, options: PeakLocalMaxOptions): NdArray<Uint8Array> {
  const data = new Uint8Array(map.data.length);
  for (const pixel of peakPixels(map, options)) data[pixel] = 1;
  return { shape: map.shape, data };
}
