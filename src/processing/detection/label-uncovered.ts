import type { FloatArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { perimeter } from '../measure/perimeter.js';
import { regionProps } from '../measure/region-props.js';
import { watershed } from '../segmentation/watershed.js';

/**
 * Labels what a semantic map shows outside the objects that are known already: connected parts of the last class above a
 * threshold seed a watershed of the most likely class. Ragged objects (perimeter² / area above `raggedness` times that of
 * a circle) are left away.
 *
 * @param semantic (rows, columns, classes) scores
 * @param covered (rows · columns): not 0 where an object is known; not modified
 * @returns (rows · columns) labels; those of dropped objects are missing
 */
export function labelUncovered(
  semantic: FloatArray,
  covered: Int32Array,
  threshold: number,
  raggedness: number,
): Int32Array {
  const [rows, columns, classes] = semantic.shape as [number, number, number];
  const size = rows * columns;
  const shape = [rows, columns];
  const height = new Float32Array(size);
  const foreground = new Uint8Array(size);
  const seeds = new Uint8Array(size);
  for (let pixel = 0, at = 0; pixel < size; pixel++, at += classes) {
    const free = covered[pixel] === 0 ? 1 : 0;
    let best = 0;
    for (let c = 1; c < classes; c++) if (semantic.data[at + c]! > semantic.data[at + best]!) best = c;
    height[pixel] = -best * free;
    foreground[pixel] = best * free > 0 ? 1 : 0;
    seeds[pixel] = semantic.data[at + classes - 1]! * free > threshold ? 1 : 0;
  }
  const markers = label({ shape, data: seeds }).labels;
  const cells = watershed({ shape, data: height }, markers, { mask: { shape, data: foreground } });
  for (const { label: value, area, bbox } of regionProps(cells)) {
    const [top, left, bottom, right] = bbox;
    const mask = new Uint8Array((bottom - top) * (right - left));
    for (let row = top, i = 0; row < bottom; row++) {
      for (let column = left; column < right; column++, i++) {
        mask[i] = cells.data[row * columns + column] === value ? 1 : 0;
      }
    }
    if (perimeter(mask, bottom - top, right - left) ** 2 / area <= raggedness * 4 * Math.PI) continue;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const pixel = row * columns + column;
        if (cells.data[pixel] === value) cells.data[pixel] = 0;
      }
    }
  }
  return cells.data;
}
