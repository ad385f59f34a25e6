import { KioskError } from '../errors/kiosk-error.js';
import type { FloatArray } from '../processing/array/nd-array.js';
import { type AxesOf, type AxisRoles, assignAxes, type SelectOptions } from './assign-axes.js';
import { copyPlane } from './copy-plane.js';
import type { Raster } from './raster.js';

export interface SelectedImage {
  /** float32 (batch, rows, columns, channels); values as stored, not scaled. */
  readonly images: FloatArray;
  /** Which axis was taken for channels and why: `C: named in the file`. */
  readonly channelAxis: string;
}

/**
 * Brings an image of any axes into the order that processing and models take. {@link assignAxes} says which axis
 * becomes what. An opacity is left out unless `channels` names its index; float16 and 64-bit integers become float32.
 *
 * @throws {KioskError} KC_IMAGE_SHAPE if the dimension order or a channel does not fit the image, KC_JOB_INVALID for an
 *   order that is not known
 */
export function toImage(raster: Raster, options: SelectOptions = {}): SelectedImage {
  return select(raster, assignAxes(raster, options), options);
}

function select(raster: Raster, roles: AxisRoles, options: SelectOptions): SelectedImage {
  const strides = stridesOf(raster.shape);
  const rows = raster.shape[roles.row]!;
  const columns = raster.shape[roles.column]!;
  const batch = offsetsAlong(raster, roles.batch, strides, false);
  const channels = chooseChannels(raster, roles, strides, options.channels ?? []);
  const depth = channels.length;
  const data = new Float32Array(batch.length * rows * columns * depth);
  const layout = { rows, columns, rowStride: strides[roles.row]!, columnStride: strides[roles.column]! };
  batch.forEach((image, item) => {
    channels.forEach((channel, position) => {
      const target = { data, start: item * rows * columns * depth + position, step: depth };
      copyPlane(raster, image + channel, layout, target);
    });
  });
  return { images: { shape: [batch.length, rows, columns, depth], data }, channelAxis: roles.why };
}

/**
 * As {@link toImage}, keeping the planes of a volume together: those of axis Z, else of the innermost axis of the batch that
 * is longer than 1. An image without such an axis is a volume of one plane.
 *
 * @returns images (batch, planes, rows, columns, channels)
 */
export function toVolume(raster: Raster, options: SelectOptions = {}): SelectedImage {
  const roles = assignAxes(raster, options);
  const { batch } = roles;
  const named = batch.find((axis) => raster.axes[axis] === 'Z');
  const planeAxis = named ?? batch.findLast((axis) => raster.shape[axis]! > 1);
  const order = planeAxis === undefined ? batch : [...batch.filter((axis) => axis !== planeAxis), planeAxis];
  const { images, channelAxis } = select(raster, { ...roles, batch: order }, options);
  const planes = planeAxis === undefined ? 1 : raster.shape[planeAxis]!;
  const [items, ...plane] = images.shape as [number, ...number[]];
  return { images: { shape: [items / planes, planes, ...plane], data: images.data }, channelAxis };
}

/** Which axis of an image is taken for channels where a job says nothing, and why. */
export function describeChannels(image: AxesOf): string {
  return assignAxes(image).why;
}

/** Offsets of the channels asked for. */
function chooseChannels(
  raster: Raster,
  roles: AxisRoles,
  strides: readonly number[],
  wanted: readonly number[],
): number[] {
  if (wanted.length === 0) return offsetsAlong(raster, roles.channels, strides, false);
  const all = offsetsAlong(raster, roles.channels, strides, true);
  return wanted.map((channel) => {
    const offset = all[channel];
    if (offset !== undefined) return offset;
    throw new KioskError(
      'KC_IMAGE_SHAPE',
      `channel ${channel} is asked for, but the image has ${all.length} (channel axis ${roles.why}; axes ${raster.axes} of lengths (${raster.shape.join(', ')}))`,
      { hint: `channels are counted from 0: give indices up to ${all.length - 1}, or the right dimension_order` },
    );
  });
}

/** Offsets of all combinations of indices along these axes, the last varying fastest; [0] for no axes. */
function offsetsAlong(
  raster: Raster,
  axes: readonly number[],
  strides: readonly number[],
  withAlpha: boolean,
): number[] {
  let offsets = [0];
  for (const axis of axes) {
    const hidden = raster.alpha === true && raster.axes[axis] === 'S' && !withAlpha ? 1 : 0;
    const length = raster.shape[axis]! - hidden;
    offsets = offsets.flatMap((base) => Array.from({ length }, (_, index) => base + index * strides[axis]!));
  }
  return offsets;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape.toReversed()) {
    strides.unshift(stride);
    stride *= length;
  }
  return strides;
}
