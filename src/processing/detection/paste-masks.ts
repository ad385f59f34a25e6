import { resizeAntiAliased } from '../transform/resize-anti-aliased.js';

/** A binary mask and where it lies: `data` holds rows × columns bytes, 1 inside the object. */
export interface PastedMask {
  /** The box as the model gave it: x1, y1, x2, y2 in pixels, not rounded. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly data: Uint8Array;
  /** Pixels inside the object; 0 if the box is empty or lies outside the image. */
  readonly area: number;
}

/**
 * Brings the mask of a detection to the size of its box and makes it binary. Box corners are cut to whole pixels; what
 * reaches beyond the image is left away; an empty box gives an empty mask.
 *
 * The mask is resized bilinearly, mirrored at its border, with anti-aliasing where it shrinks
 * (`skimage.transform.resize`), and is 1 where it is above `threshold`.
 *
 * @param mask side × side values, usually 0 … 1
 * @param shape rows and columns of the image
 */
export function pasteMask(
  mask: Float32Array,
  side: readonly [rows: number, columns: number],
  box: PastedMask['box'],
  shape: readonly [rows: number, columns: number],
  threshold: number,
): PastedMask {
  const [x1, y1, x2, y2] = box.map(Math.trunc) as [number, number, number, number];
  const top = Math.max(y1, 0);
  const left = Math.max(x1, 0);
  const bottom = Math.min(y2, shape[0]);
  const right = Math.min(x2, shape[1]);
  if (!(bottom > top && right > left)) {
    return { box, row: 0, column: 0, rows: 0, columns: 0, data: new Uint8Array(0), area: 0 };
  }
  const resized = resizeAntiAliased(mask, [side[0], side[1], 1], [y2 - y1, x2 - x1], 'mirror');
  const [rows, columns] = [bottom - top, right - left];
  const data = new Uint8Array(rows * columns);
  let area = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (resized[(top - y1 + row) * (x2 - x1) + left - x1 + column]! <= threshold) continue;
      data[row * columns + column] = 1;
      area++;
    }
  }
  return { box, row: top, column: left, rows, columns, data, area };
}

/** Pixels that lie inside both objects. */
export function sharedPixels(a: PastedMask, b: PastedMask): number {
  const top = Math.max(a.row, b.row);
  const bottom = Math.min(a.row + a.rows, b.row + b.rows);
  const left = Math.max(a.column, b.column);
  const right = Math.min(a.column + a.columns, b.column + b.columns);
  let shared = 0;
  for (let row = top; row < bottom; row++) {
    const lineA = (row - a.row) * a.columns - a.column;
    const lineB = (row - b.row) * b.columns - b.column;
    for (let column = left; column < right; column++) shared += a.data[lineA + column]! & b.data[lineB + column]!;
  }
  return shared;
}
