import { KioskError } from '../errors/kiosk-error.js';
import { dimensionOrderOf, mapDimensionOrder } from './dimension-order.js';
import type { Raster } from './raster.js';

/** The part of a raster or of a header that says how its axes lie. */
export type AxesOf = Pick<Raster, 'axes' | 'shape' | 'alpha'>;

export interface SelectOptions {
  /** `XY BXY CXY XYB XYC BXYC CXYB`, X and Y being the spatial axes in stored order. Empty or absent: as the file says. */
  readonly dimensionOrder?: string;
  /** Indices of the channels to keep, in this order. Empty or absent: all. */
  readonly channels?: readonly number[];
}

/** Which axis of a raster serves as what. */
export interface AxisRoles {
  readonly row: number;
  readonly column: number;
  /** Taken together as channels, the last varying fastest. None: one channel. */
  readonly channels: readonly number[];
  /** All others, taken together as images of a batch. */
  readonly batch: readonly number[];
  /** Which axis is taken for channels and why, for people. */
  readonly why: string;
}

/** Pages without a name are channels up to this many: what microscopes take at once. More are a series. */
const MOST_UNNAMED_CHANNELS = 4;

/**
 * Decides which axes are rows, columns, channels and batch. A given dimension order decides; else the names in the file:
 *
 * 1. C (OME, ImageJ, tifffile) and S (samples per pixel) are channels; T, Z and other named axes are batch
 * 2. without C and S, an unnamed axis (Q, I) of 2 to 4 is channels; also a longer one, if `channels` asks for an index
 *    above 0
 * 3. an unnamed array whose last axis is 2 to 4 long, behind two longer ones, is (…, rows, columns, channels)
 * 4. else there is one channel
 *
 * @throws {KioskError} KC_JOB_INVALID for a dimension order that is not known; KC_IMAGE_SHAPE if it does not fit
 */
export function assignAxes(image: AxesOf, options: SelectOptions = {}): AxisRoles {
  const order = dimensionOrderOf(options.dimensionOrder);
  const given = order === undefined ? undefined : mapDimensionOrder(image, order);
  return given ?? inferRoles(image, options.channels ?? []);
}

function inferRoles(image: AxesOf, channels: readonly number[]): AxisRoles {
  const letters = image.axes.split('');
  const row = letters.lastIndexOf('Y');
  const column = letters.lastIndexOf('X');
  if (row < 0 || column < 0) {
    throw new KioskError('KC_IMAGE_SHAPE', `an image of axes ${image.axes} has no rows (Y) and columns (X)`);
  }
  const others = letters.flatMap((_, axis) => (axis === row || axis === column ? [] : [axis]));
  const named = others.filter((axis) => letters[axis] === 'C' || letters[axis] === 'S');
  if (named.length > 0) {
    const why = named.map((axis) => (letters[axis] === 'C' ? 'C: named in the file' : samplesText(image, axis)));
    return { row, column, channels: named, batch: without(others, named), why: why.join('; ') };
  }
  const behind = channelsBehind(image, letters);
  if (behind !== undefined) return behind;
  const wanted = Math.max(0, ...channels);
  const unnamed = others.filter((axis) => isUnnamed(letters[axis]!) && image.shape[axis]! > 1);
  const short = unnamed.findLast((axis) => image.shape[axis]! <= MOST_UNNAMED_CHANNELS);
  const asked = wanted > 0 ? unnamed.findLast((axis) => image.shape[axis]! > wanted) : undefined;
  const chosen = asked ?? short;
  if (chosen === undefined) {
    return { row, column, channels: [], batch: others, why: `none: ${noChannelText(image, others)}` };
  }
  const length = image.shape[chosen]!;
  const reason =
    asked === undefined
      ? `length ${length}, ${unnamed.length > 1 ? 'innermost of the unnamed axes' : 'smallest'} and at most ${MOST_UNNAMED_CHANNELS}`
      : `length ${length}, without a name, and channel ${wanted} is asked for`;
  return { row, column, channels: [chosen], batch: without(others, [chosen]), why: `axis ${chosen}: ${reason}` };
}

/** Arrays written without names as (…, rows, columns, channels): the file takes the last two for rows and columns. */
function channelsBehind({ shape }: AxesOf, letters: readonly string[]): AxisRoles | undefined {
  const last = shape.length - 1;
  const [rows = 0, columns = 0, length = 0] = shape.slice(-3);
  const unnamed = letters.slice(0, -2).every(isUnnamed) && letters.slice(-2).join('') === 'YX' && last >= 2;
  if (!unnamed || length > MOST_UNNAMED_CHANNELS || rows <= MOST_UNNAMED_CHANNELS || columns <= MOST_UNNAMED_CHANNELS) {
    return undefined;
  }
  const batch = shape.flatMap((_, axis) => (axis < last - 2 ? [axis] : []));
  const why = `axis ${last}: length ${length}, smallest, behind rows and columns`;
  return { row: last - 2, column: last - 1, channels: [last], batch, why };
}

function samplesText({ alpha, shape }: AxesOf, axis: number): string {
  return `S: samples per pixel${alpha ? `, without the last of ${shape[axis]} (opacity)` : ''}`;
}

function noChannelText({ axes, shape }: AxesOf, others: readonly number[]): string {
  const long = others.filter((axis) => shape[axis]! > 1);
  if (long.length === 0) return 'one channel';
  return `one channel; ${long.map((axis) => `${axes[axis]!} (${shape[axis]!})`).join(', ')} taken as a batch`;
}

function isUnnamed(letter: string): boolean {
  return letter === 'Q' || letter === 'I';
}

function without(all: readonly number[], left: readonly number[]): number[] {
  return all.filter((axis) => !left.includes(axis));
}
