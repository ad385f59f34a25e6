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

/** Indices of the candidates in raster order: pixels above the threshold that lead their window. */
export function findPeakPixels(image: Float32Array, search: PeakSearch): Int32Array {
  if (search.minDistance > 0 && isConstantAtLeastZero(image)) return new Int32Array(0);
  return searchByWindow(image, search) ?? searchByFilter(image, search);
}

/** Compares only those pixels with their window that lead their four neighbours; gives up when that costs too much. */
function searchByWindow(image: Float32Array, search: PeakSearch): Int32Array | undefined {
  const { volume, minDistance, threshold, margin } = search;
  const { planes, rows, columns } = volume;
  const planeMargin = search.rank === 3 ? margin : 0;
  const found: number[] = [];
  let budget = WINDOW_BUDGET * image.length;
  for (let plane = planeMargin; plane < planes - planeMargin; plane += 1) {
    for (let row = margin; row < rows - margin; row += 1) {
      const first = (plane * rows + row) * columns;
      for (let column = margin; column < columns - margin; column += 1) {
        const value = image[first + column]!;
        if (!(value > threshold)) continue;
        if (minDistance > 0) {
          if (column > 0 && image[first + column - 1]! > value) continue;
          if (column + 1 < columns && image[first + column + 1]! > value) continue;
          if (row > 0 && image[first + column - columns]! > value) continue;
          if (row + 1 < rows && image[first + column + columns]! > value) continue;
          const compared = leadsWindow(image, search, plane, row, column);
          budget -= Math.abs(compared);
          if (budget < 0) return undefined;
          if (compared < 0) continue;
        }
        found.push(first + column);
      }
    }
  }
  return Int32Array.from(found);
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
