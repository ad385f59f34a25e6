import { basename } from 'node:path';
import type { DType, FloatArray } from '../../processing/array/nd-array.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { assignAxes } from '../assign-axes.js';
import type { ImageLimits, Raster } from '../raster.js';
import { readImage } from '../read.js';
import { toImage } from '../select.js';
import type { PixelSize } from '../tiff/pixel-size.js';

/** An image, and how the job read it. */
export interface ImageSource {
  /** Path of the image that was processed. */
  readonly image: string;
  /** The field `dimension_order` of the job's hash. Undefined: as the file says. */
  readonly dimensionOrder?: string | undefined;
  /** The channels that the job used, as the field `channels` of its hash: `0,,2`. Undefined: all. */
  readonly channels?: string | undefined;
  readonly limits: ImageLimits;
}

/** An image as it is measured and shown. */
export interface Intensities {
  /** float32 (batch, rows, columns, channels): the channels that the job used, in its order. */
  readonly used: FloatArray;
  /** float32 (batch, rows, columns, channels): every channel of the file. The same array as `used` if that is all of them. */
  readonly all: FloatArray;
  /** `rgb`: the channels used are those of a photograph. */
  readonly kind: 'rgb' | 'fluorescence';
  /** Of the file. */
  readonly dtype: DType;
  readonly pixelSize: PixelSize | undefined;
}

/** @throws {KioskError} KC_IMAGE_* */
export async function readIntensities(source: ImageSource): Promise<Intensities> {
  const raster = await readImage(source.image, { limits: source.limits });
  const order = source.dimensionOrder === undefined ? {} : { dimensionOrder: source.dimensionOrder };
  const channels = channelIndices(source.channels ?? '');
  const used = toImage(raster, { ...order, channels }).images;
  const every = everyChannel(raster, { ...order, channels });
  const isAll = channels.length === 0 || (channels.length === every.length && channels.every((c, i) => c === i));
  return {
    used,
    all: isAll ? used : toImage(raster, { ...order, channels: every }).images,
    kind: raster.axes.endsWith('S') && used.shape[3] === 3 ? 'rgb' : 'fluorescence',
    dtype: raster.dtype,
    pixelSize: raster.pixelSize,
  };
}

/**
 * One item of the batch, as (rows, columns, channels).
 * @throws {KioskError} KC_IMAGE_SHAPE if there is no such item, or it has not the size of its label image
 */
export function itemOf(
  images: FloatArray,
  batch: number,
  size: readonly number[],
  { image }: Pick<ImageSource, 'image'>,
): FloatArray {
  const [items, rows, columns, channels] = images.shape as [number, number, number, number];
  if (batch >= items || size[0] !== rows || size[1] !== columns) {
    throw new KioskError(
      'KC_IMAGE_SHAPE',
      `There are labels of ${size.join(' × ')} pixels for batch item ${batch}; ` +
        `${basename(image)} has ${items} of ${rows} × ${columns}.`,
      { hint: 'Give the image that the labels were made from, with the same dimension order.' },
    );
  }
  const length = rows * columns * channels;
  return { shape: [rows, columns, channels], data: images.data.subarray(batch * length, (batch + 1) * length) };
}

/** `0,,2` is 0 and 2: a position left empty stands for a channel that the job did without. */
function channelIndices(channels: string): number[] {
  const parts = channels.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map(Number);
}

/** The indices of all channels but an opacity, which axes being channels as the job's own choice makes it. */
function everyChannel(raster: Raster, options: { dimensionOrder?: string; channels: readonly number[] }): number[] {
  const roles = assignAxes(raster, options);
  const lengths = roles.channels.map((axis) => {
    const hidden = raster.alpha === true && raster.axes[axis] === 'S' ? 1 : 0;
    return raster.shape[axis]! - hidden;
  });
  const count = lengths.reduce((product, length) => product * length, 1);
  return Array.from({ length: count }, (_, index) => index);
}
