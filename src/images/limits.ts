import { KioskError } from '../errors/kiosk-error.js';
import type { DType } from '../processing/array/nd-array.js';
import { bytesPerElement } from './dtype.js';
import type { Axes, ImageLimits } from './raster.js';

/** What is accepted where the settings say nothing: 2^30 pixels, 4 GiB decoded, any side. */
export const DEFAULT_IMAGE_LIMITS: ImageLimits = { maxPixels: 2 ** 30, maxBytes: 2 ** 32 };

interface Extent {
  readonly axes: Axes;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/**
 * Refuses an image whose header announces more than the limits allow. Called before any pixel is decoded
 * or any memory for pixels is taken.
 *
 * @throws {KioskError} KC_IMAGE_TOO_LARGE, with the size found, the limit, and the setting that moves it
 */
export function checkLimits(file: string, extent: Extent, limits: ImageLimits = DEFAULT_IMAGE_LIMITS): void {
  const width = extent.shape[extent.axes.lastIndexOf('X')] ?? 0;
  const height = extent.shape[extent.axes.lastIndexOf('Y')] ?? 0;
  const pixels = extent.shape.reduce((product, length) => product * length, 1);
  const bytes = pixels * bytesPerElement(extent.dtype);
  const size = `(${extent.shape.join(', ')}) ${extent.axes}, ${extent.dtype}`;
  const refuse = (found: string, limit: string, setting: string): KioskError =>
    new KioskError('KC_IMAGE_TOO_LARGE', `${file}: the image ${size} has ${found}; the limit is ${limit}`, {
      hint: `crop or tile the image, or raise ${setting}`,
    });
  if (limits.maxWidth !== undefined && width > limits.maxWidth) {
    throw refuse(`${width} columns`, `${limits.maxWidth}`, 'MAX_IMAGE_WIDTH');
  }
  if (limits.maxHeight !== undefined && height > limits.maxHeight) {
    throw refuse(`${height} rows`, `${limits.maxHeight}`, 'MAX_IMAGE_HEIGHT');
  }
  if (pixels > limits.maxPixels) throw refuse(`${pixels} pixels`, `${limits.maxPixels}`, 'limits.maxPixels');
  if (bytes > limits.maxBytes) throw refuse(`${bytes} bytes`, `${limits.maxBytes}`, 'limits.maxBytes');
}
