import type { Volume } from '../array/checks.js';
import { boxMaximum } from './dilate-square.js';

/** What makes a pixel a candidate; see `peakLocalMax`. */
export interface PeakSearch {
  readonly volume: Volume;
  /** 2 or 3: whether the window reaches into neighbouring planes. */
  readonly rank: number;
  readonly minDistance: number;
  readonly threshold: number;
  /** Width of the border without peaks, on every axis. */
  readonly margin: number;
}

/** Comparisons per pixel of the image after which filtering all of it is the cheaper way (plateaus above the threshold). */
const WINDOW_BUDGET = 8;

/** A block without a pixel above the threshold; the complement of no pixel. */
const NONE = -0x80000000;

/** Indices of the candidates in raster order: pixels above the threshold that lead their window. */
export function findPeakPixels(image: Float32Array, search: PeakSearch): Int32Array {
  if (search.minDistance > 0 && isConstantAtLeastZero(image)) return new Int32Array(0);
  return searchByWindow(image, search) ?? searchByFilter(image, search);
}

/**
 * Compares only the greatest pixel of each block with its window; gives up when that costs too much.
 *
 * A block is a square of `minDistance` + 1 pixels, so each of its pixels lies in the window of every other: one that leads its window is the
 * greatest of its block.
 */
function searchByWindow(image: Float32Array, search: PeakSearch): Int32Array | undefined {
  const { planes, rows, columns } = search.volume;
  const side = search.minDistance + 1;
  const leaders = {
    side,
    values: new Float32Array(Math.ceil(columns / side)),
    pixels: new Int32Array(Math.ceil(columns / side)),
  };
  const found: number[] = [];
  let budget = WINDOW_BUDGET * image.length;
  for (let plane = 0; plane < planes; plane += 1) {
    for (let top = 0; top < rows; top += side) {
      const first = (plane * rows + top) * columns;
      const last = first + Math.min(side, rows - top) * columns;
      leaders.values.fill(search.threshold);
      leaders.pixels.fill(NONE);
      for (let row = first; row < last; row += columns) leadBlocks(leaders, image, row, columns);
      for (let block = 0; block < leaders.pixels.length; block += 1) {
        const pixel = leaders.pixels[block]!;
        if (pixel === NONE) continue;
        if (pixel >= 0) budget -= testPixel(image, search, pixel, found);
        else budget -= testTied(image, search, ~pixel, last, found);
        if (budget < 0) return undefined;
      }
    }
  }
  return Int32Array.from(found).toSorted();
}

/** The greatest pixel above the threshold of each block in a band of rows. */
interface Leaders {
  readonly side: number;
  readonly values: Float32Array;
  /** The first pixel with the greatest value, its complement (~) if there are several, or NONE. */
  readonly pixels: Int32Array;
}

/** Updates the leaders by one row of their band. */
function leadBlocks({ side, values, pixels }: Leaders, image: Float32Array, first: number, columns: number): void {
  const last = first + columns;
  for (let block = 0, from = first; from < last; block += 1, from += side) {
    const to = Math.min(last, from + side);
    let greatest = values[block]!;
    let pixel = from;
    while (pixel < to && !(image[pixel]! >= greatest)) pixel += 1;
    for (; pixel < to; pixel += 1) {
      const value = image[pixel]!;
      if (value > greatest) {
        greatest = value;
        values[block] = value;
        pixels[block] = pixel;
      } else if (value === greatest && pixels[block]! >= 0) {
        pixels[block] = ~pixels[block]!;
      }
    }
  }
}

/** Lists the pixel if it leads its window; returns how many comparisons that took. */
function testPixel(image: Float32Array, search: PeakSearch, pixel: number, found: number[]): number {
  if (!isWithinMargin(search, pixel)) return 1;
  const { rows, columns } = search.volume;
  const value = image[pixel]!;
  const column = pixel % columns;
  const line = (pixel - column) / columns;
  const row = line % rows;
  if (search.minDistance > 0) {
    // Most leaders lie on a slope, at the edge of their block.
    if (column > 0 && image[pixel - 1]! > value) return 1;
    if (column + 1 < columns && image[pixel + 1]! > value) return 1;
    if (row > 0 && image[pixel - columns]! > value) return 1;
    if (row + 1 < rows && image[pixel + columns]! > value) return 1;
  }
  const compared = leadsWindow(image, search, (line - row) / rows, row, column);
  if (compared > 0) found.push(pixel);
  return Math.abs(compared);
}

/** Tests every pixel of a block that equals the first one, which is given; `end` is where the band of rows ends. */
function testTied(image: Float32Array, search: PeakSearch, first: number, end: number, found: number[]): number {
  const { columns } = search.volume;
  const side = search.minDistance + 1;
  const column = first % columns;
  const left = column - (column % side);
  const right = Math.min(columns, left + side);
  let compared = 0;
  for (let line = first - column; line < end; line += columns) {
    for (let pixel = line + left; pixel < line + right; pixel += 1) {
      if (image[pixel] === image[first]) compared += testPixel(image, search, pixel, found);
    }
  }
  return compared;
}

/** The number of comparisons it took, negative if the pixel does not lead its window. */
function leadsWindow(image: Float32Array, search: PeakSearch, plane: number, row: number, column: number): number {
  const { volume, minDistance } = search;
  const { planes, rows, columns } = volume;
  const value = image[(plane * rows + row) * columns + column]!;
  const planeReach = search.rank === 3 ? minDistance : 0;
  const firstColumn = Math.max(0, column - minDistance);
  const lastColumn = Math.min(columns - 1, column + minDistance);
  const whole =
    insideBy(row, rows, minDistance) && insideBy(column, columns, minDistance) && insideBy(plane, planes, planeReach);
  if (!whole && value < 0) return -1;
  let compared = 1;
  for (let z = Math.max(0, plane - planeReach); z <= Math.min(planes - 1, plane + planeReach); z += 1) {
    for (let y = Math.max(0, row - minDistance); y <= Math.min(rows - 1, row + minDistance); y += 1) {
      const line = (z * rows + y) * columns;
      compared += lastColumn - firstColumn + 1;
      for (let x = line + firstColumn; x <= line + lastColumn; x += 1) {
        if (image[x]! > value) return -compared;
      }
    }
  }
  return compared;
}

function searchByFilter(image: Float32Array, search: PeakSearch): Int32Array {
  const { volume, minDistance, threshold } = search;
  const { planes, rows, columns } = volume;
  const shape = search.rank === 3 ? [planes, rows, columns] : [rows, columns];
  const greatest = boxMaximum('peakLocalMax', { shape, data: image }, minDistance, 0).data;
  const found: number[] = [];
  for (let i = 0; i < image.length; i += 1) {
    if (image[i]! > threshold && image[i] === greatest[i] && isWithinMargin(search, i)) found.push(i);
  }
  return Int32Array.from(found);
}

/** Whether the pixel lies far enough from the border. */
export function isWithinMargin(search: PeakSearch, pixel: number): boolean {
  const { planes, rows, columns } = search.volume;
  const column = pixel % columns;
  const line = (pixel - column) / columns;
  const row = line % rows;
  const plane = (line - row) / rows;
  return (
    insideBy(column, columns, search.margin) &&
    insideBy(row, rows, search.margin) &&
    (search.rank === 2 || insideBy(plane, planes, search.margin))
  );
}

function insideBy(index: number, length: number, margin: number): boolean {
  return index >= margin && index < length - margin;
}

/** Every pixel of such an image leads its window, which by convention makes none of them a peak. */
function isConstantAtLeastZero(image: Float32Array): boolean {
  const first = image[0];
  if (first === undefined || !(first >= 0)) return false;
  for (let i = 1; i < image.length; i += 1) {
    if (image[i] !== first) return false;
  }
  return true;
}
