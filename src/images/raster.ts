import type { DType, TypedArray } from '../processing/array/nd-array.js';

/** Axis letters as in OME and tifffile: T time, C channel, Z plane, Y row, X column, S sample, Q unknown (a plain page axis). */
export type Axes = string;

/** An image as its file holds it: native dtype, axes in stored order. float16 and bfloat16 are bit patterns. */
export interface Raster {
  readonly dtype: DType;
  readonly axes: Axes;
  /** One length per letter of `axes`. */
  readonly shape: readonly number[];
  /** C order. `Uint16Array` of bit patterns for `float16`. */
  readonly data: TypedArray;
  /** Microns per pixel along rows and columns, where the file says. */
  readonly pixelSize?: { readonly y: number; readonly x: number };
  /** The last sample of axis S is an opacity (PNG alpha, TIFF ExtraSamples 1 or 2), not a channel. */
  readonly alpha?: boolean;
}

/** What the header of a file tells, before any pixel is decoded. */
export interface ImageHeader {
  readonly format: 'tiff' | 'png' | 'jpeg' | 'zarr';
  readonly dtype: DType;
  readonly axes: Axes;
  readonly shape: readonly number[];
  readonly pixelSize?: { readonly y: number; readonly x: number };
  readonly alpha?: boolean;
  /** e.g. `deflate, predictor 2, 64 strips, big-endian`. */
  readonly encoding: string;
}

/** Refusals from the header, before decoding. Undefined: no limit on this side of the image. */
export interface ImageLimits {
  readonly maxWidth?: number;
  readonly maxHeight?: number;
  /** Pixels of all planes and channels together. */
  readonly maxPixels: number;
  /** Bytes after decoding. */
  readonly maxBytes: number;
}
