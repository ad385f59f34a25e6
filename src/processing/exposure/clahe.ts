import { requireInteger, requireRank } from '../array/checks.js';
import type { FloatArray } from '../array/nd-array.js';
import { reflectIndex } from '../transform/pad-reflect.js';
import { rangeOf } from '../array/range-of.js';
import type { RegionGrid } from './clahe-mappings.js';
import { GREY_BIN, GREY_LEVELS, HISTOGRAM_BINS, mapRegionRow } from './clahe-mappings.js';

export interface EqualizeAdapthistOptions {
  /** Size of the regions in pixels, for both axes or (rows, columns). @default an eighth of each axis, at least 1 */
  readonly kernelSize?: number | readonly [rows: number, columns: number] | null | undefined;
  /** Greatest part of a region's pixels that one bin of its histogram may hold. @default 0.01 */
  readonly clipLimit?: number;
}

/** Intensities pass through whole numbers of this size, as in the reference implementation. */
const FULL_SCALE = 65535;
/** Adding and taking away this rounds a float64 from 0 to 2³¹ to a whole number, ties to even. */
const ROUNDER = 2 ** 52;

/**
 * Contrast-limited adaptive histogram equalisation of one plane, to 0 … 1.
 *
 * Each region of the image gets a mapping of grey levels from its histogram, clipped so that noise is not blown up; a pixel is
 * mapped by the four regions around it, weighted bilinearly.
 *
 * @param image float32 in 0 … 1, shape (rows, columns); values outside are cut off
 * @returns float32, same shape; a constant image gives ones, and so does one whose regions are single pixels
 * @throws {RangeError} if the rank is not 2, or an option is out of range
 * @see Zuiderveld 1994, "Contrast Limited Adaptive Histogram Equalization"; scikit-image 0.19 `exposure.equalize_adapthist` with
 *   256 bins: equal to the bit
 */
export function equalizeAdapthist(image: FloatArray, options: EqualizeAdapthistOptions = {}): FloatArray {
  requireRank('equalizeAdapthist', 'image', image, [2]);
  const [rows, columns] = image.shape as [number, number];
  const data = new Float32Array(rows * columns);
  if (data.length > 0) equalizePlane(image.data, data, rows, columns, options);
  return { shape: image.shape, data };
}

/** The same into `target`. */
export function equalizePlane(
  source: Float32Array,
  target: Float32Array,
  rows: number,
  columns: number,
  options: EqualizeAdapthistOptions = {},
): void {
  const { kernelSize, clipLimit = 0.01 } = options;
  const kernel = kernelSize ?? ([Math.max(rows >> 3, 1), Math.max(columns >> 3, 1)] as const);
  const [kernelRows, kernelColumns] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  requireInteger('equalizeAdapthist', 'kernelSize', kernelRows, 1);
  requireInteger('equalizeAdapthist', 'kernelSize', kernelColumns, 1);
  if (!(clipLimit > 0)) throw new RangeError(`equalizeAdapthist: clipLimit is ${clipLimit}; it must be above 0`);
  const bins = binsOf(source);
  if (!bins) {
    target.fill(1);
    return;
  }
  const grid: RegionGrid = {
    bins,
    columns,
    kernelRows,
    kernelColumns,
    regionRows: Math.ceil(rows / kernelRows),
    regionColumns: Math.ceil(columns / kernelColumns),
    sourceRows: paddedIndices(rows, kernelRows),
    sourceColumns: paddedIndices(columns, kernelColumns),
    fractions: Float64Array.from({ length: kernelColumns }, (_, i) => i / kernelColumns),
    limit: Math.max(1, Math.trunc(clipLimit * (kernelRows * kernelColumns))),
  };
  const levels = interpolate(grid, rows);
  stretchLevels(levels, target);
}

/** Histogram bin of each pixel; nothing if all pixels are of one level. */
function binsOf(source: Float32Array): Uint8Array | undefined {
  const range = rangeOf(source);
  const least = levelOf(range[0]);
  const greatest = levelOf(range[1]);
  if (least === greatest) return undefined;
  const binOfLevel = new Uint8Array(FULL_SCALE + 1);
  for (let level = least; level <= greatest; level += 1) {
    const grey = ((level - least) / (greatest - least)) * (GREY_LEVELS - 1) + ROUNDER - ROUNDER;
    binOfLevel[level] = Math.floor(grey / GREY_BIN);
  }
  const bins = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i += 1) bins[i] = binOfLevel[levelOf(source[i]!)]!;
  return bins;
}

function levelOf(value: number): number {
  const scaled = Math.fround(value * FULL_SCALE);
  if (!(scaled > 0)) return 0;
  return scaled >= FULL_SCALE ? FULL_SCALE : scaled + ROUNDER - ROUNDER;
}

/** For each index of the padded axis (half a region before, the rest of a region and a half after), the pixel it mirrors. */
function paddedIndices(length: number, kernel: number): Int32Array {
  const before = kernel >> 1;
  const padded = Math.ceil(length / kernel) * kernel + kernel;
  return Int32Array.from({ length: padded }, (_, i) => reflectIndex(i - before, length));
}

/** Mapped grey level of each pixel of the image, in whole numbers. */
function interpolate(grid: RegionGrid, rows: number): Uint16Array {
  const { kernelRows, regionRows } = grid;
  const levels = new Uint16Array(rows * grid.columns);
  const rowsBefore = kernelRows >> 1;
  let above = mapRegionRow(grid, 0);
  let below = above;
  for (let blockRow = 0; blockRow <= regionRows; blockRow += 1) {
    above = below;
    if (blockRow > 0 && blockRow < regionRows) below = mapRegionRow(grid, blockRow);
    const first = Math.max(0, blockRow * kernelRows - rowsBefore);
    const last = Math.min(rows, (blockRow + 1) * kernelRows - rowsBefore);
    for (let row = first; row < last; row += 1) {
      const fraction = ((row + rowsBefore) % kernelRows) / kernelRows;
      interpolateRow(grid, levels, row * grid.columns, fraction, above, below);
    }
  }
  return levels;
}

/** Every term is rounded to float32 before it is added, in float32: the truncation at the end depends on it. */
function interpolateRow(
  grid: RegionGrid,
  levels: Uint16Array,
  first: number,
  rowFraction: number,
  above: Uint16Array,
  below: Uint16Array,
): void {
  const { bins, columns, kernelColumns, regionColumns } = grid;
  const columnsBefore = kernelColumns >> 1;
  const { fround } = Math;
  const otherFraction = 1 - rowFraction;
  const { fractions } = grid;
  for (let block = 0; block <= regionColumns; block += 1) {
    const left = Math.max(block - 1, 0) * HISTOGRAM_BINS;
    const right = Math.min(block, regionColumns - 1) * HISTOGRAM_BINS;
    const start = block * kernelColumns - columnsBefore;
    const last = Math.min(columns, start + kernelColumns);
    for (let column = Math.max(0, start); column < last; column += 1) {
      const bin = bins[first + column]!;
      const f = fractions[column - start]!;
      const g = 1 - f;
      let sum = fround(above[left + bin]! * (otherFraction * g));
      sum = fround(sum + fround(above[right + bin]! * (otherFraction * f)));
      sum = fround(sum + fround(below[left + bin]! * (rowFraction * g)));
      sum = fround(sum + fround(below[right + bin]! * (rowFraction * f)));
      levels[first + column] = sum;
    }
  }
}

/** Grey levels to 0 … 1, in float32. */
function stretchLevels(levels: Uint16Array, target: Float32Array): void {
  const [least, greatest] = rangeOf(levels);
  if (least === greatest) {
    target.fill(Math.min(least, 1));
    return;
  }
  const stretched = new Float32Array(greatest + 1);
  for (let level = least; level <= greatest; level += 1) stretched[level] = (level - least) / (greatest - least);
  for (let i = 0; i < levels.length; i += 1) target[i] = stretched[levels[i]!]!;
}
