import type { Volume } from '../array/checks.js';
import type { Box } from '../measure/label-boxes.js';
import { labelBoxes } from '../measure/label-boxes.js';
import { boxMaximum } from './dilate-square.js';
import type { PeakSearch } from './peak-pixels.js';
import { isWithinMargin } from './peak-pixels.js';

/** Stands for pixels of other labels: the smallest finite float32. */
const LOWEST = -3.4028234663852886e38;

/**
 * Candidates of each label, found inside its bounding box with the pixels of other labels set to the lowest number; one list per
 * label in ascending order. If every pixel of a label leads its window, only its isolated pixels (those no whole cross of
 * neighbours inside the label covers) are candidates.
 */
export function findPeakPixelsOfLabels(image: Float32Array, labels: Int32Array, search: PeakSearch): Int32Array[] {
  const inside =
    search.margin === 0 ? labels : labels.map((label, pixel) => (isWithinMargin(search, pixel) ? label : 0));
  return labelBoxes(inside, search.volume).map((box) => peaksInBox(image, inside, search, box));
}

function peaksInBox(image: Float32Array, labels: Int32Array, search: PeakSearch, box: Box): Int32Array {
  const pixels = pixelsOfBox(search.volume, box);
  const member = Uint8Array.from(pixels, (pixel) => (labels[pixel] === box.label ? 1 : 0));
  const values = Float32Array.from(pixels, (pixel, i) => (member[i] === 1 ? image[pixel]! : LOWEST));
  const size = boxVolume(box);
  let leads: (i: number) => boolean = () => true;
  if (search.minDistance > 0) {
    const shape = search.rank === 3 ? [size.planes, size.rows, size.columns] : [size.rows, size.columns];
    const greatest = boxMaximum('peakLocalMax', { shape, data: values }, search.minDistance, 0).data;
    const trivial = member.every((one, i) => one === 0 || values[i] === greatest[i]);
    const opened = trivial ? openWithCross(member, size, search.rank) : member;
    leads = trivial ? (i) => opened[i] === 0 : (i) => values[i] === greatest[i];
  }
  return pixels.filter((_, i) => member[i] === 1 && leads(i) && values[i]! > search.threshold);
}

function boxVolume(box: Box): Volume {
  return {
    planes: box.lastPlane - box.firstPlane + 1,
    rows: box.lastRow - box.firstRow + 1,
    columns: box.lastColumn - box.firstColumn + 1,
  };
}

function pixelsOfBox(volume: Volume, box: Box): Int32Array {
  const { planes, rows, columns } = boxVolume(box);
  const pixels = new Int32Array(planes * rows * columns);
  let i = 0;
  for (let plane = box.firstPlane; plane <= box.lastPlane; plane += 1) {
    for (let row = box.firstRow; row <= box.lastRow; row += 1) {
      const first = (plane * volume.rows + row) * volume.columns;
      for (let column = box.firstColumn; column <= box.lastColumn; column += 1) {
        pixels[i] = first + column;
        i += 1;
      }
    }
  }
  return pixels;
}

/** Pixels covered by a cross (of 2 · rank + 1 pixels) that lies wholly in the mask; outside the box is not mask. */
function openWithCross(mask: Uint8Array, volume: Volume, rank: number): Uint8Array {
  const { planes, rows, columns } = volume;
  const opened = new Uint8Array(mask.length);
  const slice = rows * columns;
  for (let i = 0; i < mask.length; i += 1) {
    const column = i % columns;
    const row = Math.floor(i / columns) % rows;
    const plane = Math.floor(i / slice);
    if (column === 0 || row === 0 || column === columns - 1 || row === rows - 1) continue;
    if (rank === 3 && (plane === 0 || plane === planes - 1)) continue;
    const cross = rank === 3 ? [0, 1, -1, columns, -columns, slice, -slice] : [0, 1, -1, columns, -columns];
    if (cross.some((step) => mask[i + step] === 0)) continue;
    for (const step of cross) opened[i + step] = 1;
  }
  return opened;
}
