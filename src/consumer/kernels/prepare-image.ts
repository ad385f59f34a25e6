import { KioskError } from '../../errors/kiosk-error.js';
import type { ImageLimits } from '../../images/raster.js';
import { readImage } from '../../images/read.js';
import { toImage, toVolume } from '../../images/select.js';
import { sizeOf, type FloatArray } from '../../processing/array/nd-array.js';
import { rescale } from '../../processing/transform/rescale.js';
import { resize } from '../../processing/transform/resize.js';
import { preprocess, type ProcessingStep } from '../processing-steps.js';

export interface PrepareRequest {
  readonly file: string;
  readonly limits: ImageLimits;
  readonly dimensionOrder: string | undefined;
  /** Indices of the channels to keep, in this order; undefined: all. */
  readonly channels: readonly number[] | undefined;
  /** What the channels must be, in order: an image with more or fewer is refused. */
  readonly channelNames?: readonly string[];
  /** The model takes volumes: planes in Z stay together. Default false: each is an image of the batch. */
  readonly volume?: boolean;
  /** Factor by which the image is enlarged. */
  readonly scale: number;
  /** `nearest` as the consumers of 2020, `linear` (with anti-aliasing) as those of 2023. */
  readonly interpolation: 'nearest' | 'linear';
  readonly steps: readonly ProcessingStep[];
}

export interface Prepared {
  /** float32 (batch, [planes,] rows, columns, channels), scaled and pre-processed. */
  readonly image: FloatArray;
  /** Rows and columns before scaling. */
  readonly size: readonly [rows: number, columns: number];
}

/**
 * Thread: file to model input.
 * @throws {KioskError} `KC_IMAGE_*` if the file cannot be read, has other channels, or holds NaN or infinite values
 */
export default async function prepareImage(request: PrepareRequest): Promise<Prepared> {
  const { file, limits, dimensionOrder, channels } = request;
  const raster = await readImage(file, { limits });
  const { images } = (request.volume === true ? toVolume : toImage)(raster, {
    ...(dimensionOrder === undefined ? {} : { dimensionOrder }),
    ...(channels === undefined ? {} : { channels }),
  });
  if (request.channelNames) checkChannels(images, request.channelNames);
  if (raster.dtype.startsWith('float')) checkFinite(images);
  const [rows, columns] = images.shape.slice(-3) as [number, number];
  const scaled = scaleBy(images, request);
  return { image: await preprocess(scaled, request.steps), size: [rows, columns] };
}

function checkChannels({ shape }: FloatArray, names: readonly string[]): void {
  const count = shape.at(-1)!;
  if (count === names.length) return;
  throw new KioskError(
    'KC_IMAGE_SHAPE',
    `The image has ${count} channel${count === 1 ? '' : 's'}; ${names.length} ${names.length === 1 ? 'is' : 'are'} needed: ${names.join(', ')}.`,
    {
      hint: `Name those to use in the field "channels", such as ${names.map((_, index) => index).join(',')}; \`kiosk-consumer image FILE\` shows what the file holds.`,
    },
  );
}

/** Normalisation would spread one NaN over the image, or hide it. */
function checkFinite({ data, shape }: FloatArray): void {
  // x − x is 0 for finite x and NaN otherwise.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return;
  const first = data.findIndex((value) => !Number.isFinite(value));
  const channels = shape.at(-1)!;
  const pixel = Math.floor(first / channels);
  const [rows, columns] = shape.slice(-3) as [number, number];
  const row = Math.floor(pixel / columns) % rows;
  throw new KioskError(
    'KC_IMAGE_VALUES',
    `The image holds ${data[first]} at row ${row}, column ${pixel % columns}, channel ${first % channels}; finite numbers are accepted.`,
    { hint: 'Replace NaN and infinite values, for instance by 0, before the image is uploaded.' },
  );
}

/** Scales rows and columns; the planes of a volume stay as many as they are. */
function scaleBy(image: FloatArray, request: PrepareRequest): FloatArray {
  const { scale, limits } = request;
  if (scale === 1) return image;
  const pixels = sizeOf(image.shape) * scale * scale;
  if (pixels > limits.maxPixels) {
    throw new KioskError(
      'KC_IMAGE_TOO_LARGE',
      `Scaled by ${scale} the image has ${Math.round(pixels)} pixels; at most ${limits.maxPixels} are accepted.`,
      {
        hint: 'Use a smaller scale, or raise limits.maxPixels.',
      },
    );
  }
  const plane = image.shape.slice(-3);
  const planes = { shape: [sizeOf(image.shape.slice(0, -3)), ...plane], data: image.data };
  const scaled = scalePlanes(planes, request);
  return { shape: [...image.shape.slice(0, -3), ...scaled.shape.slice(1)], data: scaled.data };
}

function scalePlanes(image: FloatArray, { scale, interpolation }: PrepareRequest): FloatArray {
  if (interpolation === 'nearest') return rescale(image, scale);
  const [, rows, columns] = image.shape as [number, number, number, number];
  const shape = [Math.max(1, Math.trunc(rows * scale)), Math.max(1, Math.trunc(columns * scale))] as const;
  return resize(image, shape);
}
