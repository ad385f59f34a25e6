import type { ImageLimits, Raster } from '../../images/raster.js';
import { readImage } from '../../images/read.js';

/** Thread side of `Consumer.readImage`. */
export default async function readImageKernel(args: { file: string; limits: ImageLimits }): Promise<Raster> {
  return await readImage(args.file, { limits: args.limits });
}
