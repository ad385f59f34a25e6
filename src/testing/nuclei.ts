import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeTiff } from '../images/tiff/write.js';
import { ndArray, type LabelArray, type NdArray } from '../processing/array/nd-array.js';
import { randomNumbers } from './random-numbers.js';

/** Centres are so far apart, so that the nuclei, jittered by 6 and of a radius of 14 at most, do not overlap. */
const GRID_PX = 40;

/** An image with its truth. */
export interface DrawnNuclei {
  readonly image: NdArray<Uint16Array>;
  /** Which pixel belongs to which nucleus, from 1 in reading order of the grid. */
  readonly labels: LabelArray;
}

/** Round bright nuclei on a jittered grid, 40 pixels apart, on a dark noisy ground; the same for the same seed. */
export function drawNuclei(rows: number, columns: number, seed = 7): DrawnNuclei {
  const random = randomNumbers(seed);
  const image = ndArray(new Uint16Array(rows * columns), [rows, columns]);
  const labels = ndArray(new Int32Array(rows * columns), [rows, columns]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = 290 + Math.floor(20 * random());
  let count = 0;
  for (let row = GRID_PX / 2; row < rows; row += GRID_PX) {
    for (let column = GRID_PX / 2; column < columns; column += GRID_PX) {
      const centre = { row: row + 12 * random() - 6, column: column + 12 * random() - 6 };
      drawNucleus({ image, labels }, { ...centre, radius: 9 + 5 * random(), label: ++count });
    }
  }
  return { image, labels };
}

export function nucleiImage(rows: number, columns: number, seed?: number): NdArray<Uint16Array> {
  return drawNuclei(rows, columns, seed).image;
}

/** Writes {@link nucleiImage} as TIFF. */
export async function writeNuclei(file: string, rows: number, columns: number, seed?: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeTiff(file, nucleiImage(rows, columns, seed));
}

function drawNucleus(
  { image, labels }: DrawnNuclei,
  nucleus: { readonly row: number; readonly column: number; readonly radius: number; readonly label: number },
): void {
  const [rows, columns] = image.shape as [number, number];
  const reach = Math.ceil(nucleus.radius);
  const lastRow = Math.min(rows - 1, nucleus.row + reach);
  const lastColumn = Math.min(columns - 1, nucleus.column + reach);
  for (let row = Math.max(0, Math.floor(nucleus.row) - reach); row <= lastRow; row++) {
    for (let column = Math.max(0, Math.floor(nucleus.column) - reach); column <= lastColumn; column++) {
      const distance = Math.hypot(row - nucleus.row, column - nucleus.column) / nucleus.radius;
      if (distance >= 1) continue;
      const pixel = row * columns + column;
      image.data[pixel] = image.data[pixel]! + Math.round(5_000 * (1 - distance * distance));
      labels.data[pixel] = nucleus.label;
    }
  }
}
