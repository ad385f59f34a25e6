import { newLike } from '../array/new-like.js';
import type { NdArray, TypedArray } from '../array/nd-array.js';

/**
 * Makes the planes of a volume its channels, so that what works on images works on it.
 *
 * @param volume (batch, planes, rows, columns, channels), any dtype
 * @returns (batch, rows, columns, planes · channels), the planes varying slower than the channels
 */
export function foldPlanes<T extends TypedArray>(volume: NdArray<T>): NdArray<T> {
  const [batch, planes, rows, columns, channels] = volume.shape as [number, number, number, number, number];
  const data = newLike(volume.data, volume.data.length);
  move(volume.data, data, { batch, planes, pixels: rows * columns, channels, fold: true });
  return { shape: [batch, rows, columns, planes * channels], data };
}

/**
 * Undoes {@link foldPlanes}.
 *
 * @param image (batch, rows, columns, planes · channels)
 * @returns (batch, planes, rows, columns, channels)
 * @throws {RangeError} if the planes do not divide the channels of the image
 */
export function unfoldPlanes<T extends TypedArray>(image: NdArray<T>, planes: number): NdArray<T> {
  const [batch, rows, columns, folded] = image.shape as [number, number, number, number];
  const channels = folded / planes;
  if (!Number.isInteger(channels)) {
    throw new RangeError(`unfoldPlanes: ${folded} channels are not those of ${planes} planes`);
  }
  const data = newLike(image.data, image.data.length);
  move(image.data, data, { batch, planes, pixels: rows * columns, channels, fold: false });
  return { shape: [batch, planes, rows, columns, channels], data };
}

interface Layout {
  readonly batch: number;
  readonly planes: number;
  readonly pixels: number;
  readonly channels: number;
  readonly fold: boolean;
}

function move(source: TypedArray, target: TypedArray, { batch, planes, pixels, channels, fold }: Layout): void {
  let plane = 0;
  for (let item = 0; item < batch; item++) {
    for (let z = 0; z < planes; z++) {
      for (let pixel = 0; pixel < pixels; pixel++, plane += channels) {
        const folded = ((item * pixels + pixel) * planes + z) * channels;
        for (let c = 0; c < channels; c++) {
          if (fold) target[folded + c] = source[plane + c]!;
          else target[plane + c] = source[folded + c]!;
        }
      }
    }
  }
}
