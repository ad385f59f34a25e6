/** Grey levels of the equalised image. */
export const GREY_LEVELS = 16384;
/** Bins of a histogram; the greatest level falls into bin 252, the rest is never used. */
export const HISTOGRAM_BINS = 256;
/** Grey levels in a bin. */
export const GREY_BIN = 1 + Math.floor(GREY_LEVELS / HISTOGRAM_BINS);

/** How an image is divided into regions; see `equalizeAdapthist`. */
export interface RegionGrid {
  /** Histogram bin of each pixel of the image. */
  readonly bins: Uint8Array;
  readonly columns: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly regionRows: number;
  readonly regionColumns: number;
  /** Row of the image for each row of the padded image. */
  readonly sourceRows: Int32Array;
  readonly sourceColumns: Int32Array;
  /** Column of a block as a fraction of it. */
  readonly fractions: Float64Array;
  /** Most pixels a bin may hold before it is clipped. */
  readonly limit: number;
}

/** The mappings of one row of regions: for each region 256 grey levels, by bin. */
export function mapRegionRow(grid: RegionGrid, regionRow: number): Uint16Array {
  const { kernelRows, kernelColumns, regionColumns, sourceRows, sourceColumns, bins } = grid;
  const counts = new Int32Array(regionColumns * HISTOGRAM_BINS);
  const firstRow = (kernelRows >> 1) + regionRow * kernelRows;
  const firstColumn = kernelColumns >> 1;
  for (let row = firstRow; row < firstRow + kernelRows; row += 1) {
    const line = sourceRows[row]! * grid.columns;
    for (let region = 0; region < regionColumns; region += 1) {
      const start = firstColumn + region * kernelColumns;
      const base = region * HISTOGRAM_BINS;
      for (let column = start; column < start + kernelColumns; column += 1) {
        counts[base + bins[line + sourceColumns[column]!]!]! += 1;
      }
    }
  }
  const mappings = new Uint16Array(counts.length);
  for (let region = 0; region < regionColumns; region += 1) {
    const first = region * HISTOGRAM_BINS;
    const histogram = counts.subarray(first, first + HISTOGRAM_BINS);
    clipHistogram(histogram, grid.limit);
    accumulate(histogram, mappings.subarray(first, first + HISTOGRAM_BINS), kernelRows * kernelColumns);
  }
  return mappings;
}

/** Cumulative counts as grey levels. */
function accumulate(histogram: Int32Array, mapping: Uint16Array, pixels: number): void {
  const scale = (GREY_LEVELS - 1) / pixels;
  let sum = 0;
  for (let bin = 0; bin < HISTOGRAM_BINS; bin += 1) {
    sum += histogram[bin]!;
    mapping[bin] = Math.min(GREY_LEVELS - 1, sum * scale);
  }
}

/** Cuts every bin at the limit and hands what was cut to bins below it, first in equal parts, then one by one. */
function clipHistogram(histogram: Int32Array, limit: number): void {
  let excess = 0;
  for (let bin = 0; bin < HISTOGRAM_BINS; bin += 1) {
    const over = histogram[bin]! - limit;
    if (over <= 0) continue;
    excess += over;
    histogram[bin] = limit;
  }
  excess = shareEqually(histogram, limit, excess);
  while (excess > 0) {
    const before = excess;
    for (let start = 0; start < HISTOGRAM_BINS && excess > 0; start += 1) {
      excess -= shareInSteps(histogram, limit, excess, start);
    }
    if (excess === before) return;
  }
}

/** Returns what is left. */
function shareEqually(histogram: Int32Array, limit: number, excess: number): number {
  const share = Math.floor(excess / HISTOGRAM_BINS);
  const upper = limit - share;
  let left = excess;
  for (let bin = 0; bin < HISTOGRAM_BINS; bin += 1) {
    if (histogram[bin]! >= upper) continue;
    histogram[bin]! += share;
    left -= share;
  }
  for (let bin = 0; bin < HISTOGRAM_BINS; bin += 1) {
    const count = histogram[bin]!;
    if (count < upper || count >= limit) continue;
    left -= limit - count;
    histogram[bin] = limit;
  }
  return left;
}

/** Gives one to every step-th bin below the limit, from `start`; returns how many it gave. */
function shareInSteps(histogram: Int32Array, limit: number, excess: number, start: number): number {
  let under = 0;
  for (let bin = 0; bin < HISTOGRAM_BINS; bin += 1) {
    if (histogram[bin]! < limit) under += 1;
  }
  const step = Math.max(1, Math.floor(under / excess));
  let given = 0;
  for (let bin = start; bin < HISTOGRAM_BINS; bin += step) {
    if (histogram[bin]! >= limit) continue;
    histogram[bin]! += 1;
    given += 1;
  }
  return given;
}
