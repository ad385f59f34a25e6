import type { PastedMask } from './paste-masks.js';
import { OUTSIDE, randomWalker, UNDECIDED } from './random-walker.js';
import type { SortedMasks } from './sort-masks.js';

/**
 * Draws sorted masks into one label image: the free ones as 1, 2, …, the overlapping ones behind them. Pixels that
 * several overlapping masks claim go to the one whose own pixels a random walker meets first; an overlapping mask without
 * a pixel of its own vanishes.
 *
 * @returns (rows · columns) labels
 */
export function drawDetections({ free, overlapping }: SortedMasks, rows: number, columns: number): Int32Array {
  const labels = new Int32Array(rows * columns);
  free.forEach((mask, i) => forPixels(mask, columns, (pixel) => (labels[pixel] = i + 1)));
  if (overlapping.length === 0) return labels;
  const divided = randomWalker(markersOf(overlapping, rows, columns), rows, columns);
  for (let pixel = 0; pixel < divided.length; pixel++) {
    // Where both kinds meet their labels are added, as in the reference.
    if (divided[pixel]! > 0) labels[pixel] = labels[pixel]! + divided[pixel]! + free.length;
  }
  return labels;
}

/** Labels where exactly one mask lies, numbered without the masks that have no such pixel. */
function markersOf(masks: readonly PastedMask[], rows: number, columns: number): Int32Array {
  const markers = new Int32Array(rows * columns).fill(OUTSIDE);
  masks.forEach((mask, i) =>
    forPixels(mask, columns, (pixel) => (markers[pixel] = markers[pixel] === OUTSIDE ? i + 1 : UNDECIDED)),
  );
  const seen = new Uint8Array(masks.length + 1);
  for (const marker of markers) if (marker > 0) seen[marker] = 1;
  const numbers = new Int32Array(masks.length + 1);
  for (let i = 1, next = 1; i <= masks.length; i++) if (seen[i] === 1) numbers[i] = next++;
  return markers.map((marker) => (marker > 0 ? numbers[marker]! : marker));
}

function forPixels(mask: PastedMask, columns: number, visit: (pixel: number) => void): void {
  for (let row = 0; row < mask.rows; row++) {
    for (let column = 0; column < mask.columns; column++) {
      if (mask.data[row * mask.columns + column] === 1) visit((mask.row + row) * columns + mask.column + column);
    }
  }
}
