import type { Volume } from '../array/checks.js';

/**
 * Accepts pixels in the given order unless an accepted one lies nearer than `minDistance` (Chebyshev distance, strictly).
 *
 * Space is divided into cells `minDistance` wide; a cell can hold one accepted pixel only, and only the cells around it matter.
 */
export function thinPeaks(pixels: Int32Array, volume: Volume, minDistance: number): Int32Array {
  if (minDistance < 2) return pixels;
  const { rows, columns } = volume;
  const cellColumns = Math.ceil(columns / minDistance) + 2;
  const cellRows = Math.ceil(rows / minDistance) + 2;
  const cellPlanes = Math.ceil(volume.planes / minDistance) + 2;
  const occupants = new Int32Array(cellPlanes * cellRows * cellColumns).fill(-1);
  const accepted = new Int32Array(pixels.length);
  let count = 0;
  for (let i = 0; i < pixels.length; i += 1) {
    const pixel = pixels[i]!;
    const column = pixel % columns;
    const line = (pixel - column) / columns;
    const row = line % rows;
    const plane = (line - row) / rows;
    const cell =
      ((Math.floor(plane / minDistance) + 1) * cellRows + Math.floor(row / minDistance) + 1) * cellColumns +
      Math.floor(column / minDistance) +
      1;
    if (isCrowded(plane, row, column, cell)) continue;
    occupants[cell] = pixel;
    accepted[count] = pixel;
    count += 1;
  }
  return accepted.slice(0, count);

  function isCrowded(plane: number, row: number, column: number, cell: number): boolean {
    for (let dz = -1; dz <= 1; dz += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        for (let dx = -1; dx <= 1; dx += 1) {
          const other = occupants[cell + (dz * cellRows + dy) * cellColumns + dx]!;
          if (other < 0) continue;
          const otherColumn = other % columns;
          const line = (other - otherColumn) / columns;
          const otherRow = line % rows;
          const otherPlane = (line - otherRow) / rows;
          const distance = Math.max(
            Math.abs(otherColumn - column),
            Math.abs(otherRow - row),
            Math.abs(otherPlane - plane),
          );
          if (distance < minDistance) return true;
        }
      }
    }
    return false;
  }
}
