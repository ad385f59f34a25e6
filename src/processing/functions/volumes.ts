import { sizeOf } from '../array/nd-array.js';
import type { PreprocessRun } from './processing-function.js';

/** Axes of a volume: batch, planes, rows, columns, channels. */
const VOLUME_RANK = 5;

/** Lets a function of images take volumes too: each plane on its own. */
export function planeByPlane(run: PreprocessRun): PreprocessRun {
  return (image, parameters) => {
    if (image.shape.length !== VOLUME_RANK) return run(image, parameters);
    const shape = [sizeOf(image.shape.slice(0, 2)), ...image.shape.slice(2)];
    return { shape: image.shape, data: run({ shape, data: image.data }, parameters).data };
  };
}

/** The same for a function of all pixels, wherever they lie: all planes of a volume together, as one tall image. */
export function wholeVolume(run: PreprocessRun): PreprocessRun {
  return (image, parameters) => {
    if (image.shape.length !== VOLUME_RANK) return run(image, parameters);
    const [batch, planes, rows, columns, channels] = image.shape as [number, number, number, number, number];
    const shape = [batch, planes * rows, columns, channels];
    return { shape: image.shape, data: run({ shape, data: image.data }, parameters).data };
  };
}
