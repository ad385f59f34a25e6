import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ndArray, type NdArray } from '../../src/processing/array/nd-array.js';
import { writeTiff } from '../../src/images/tiff/write.js';

/** Round bright nuclei on a jittered grid, 40 pixels apart, on a dark noisy ground; the same for the same seed. */
export function nucleiImage(rows: number, columns: number, seed = 7): NdArray<Uint16Array> {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const data = new Uint16Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = 290 + Math.floor(20 * random());
  for (let row = 20; row < rows; row += 40) {
    for (let column = 20; column < columns; column += 40) {
      drawNucleus(data, rows, columns, {
        row: row + 12 * random() - 6,
        column: column + 12 * random() - 6,
        radius: 9 + 5 * random(),
      });
    }
  }
  return ndArray(data, [rows, columns]);
}

export async function writeNuclei(file: string, rows: number, columns: number, seed?: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeTiff(file, nucleiImage(rows, columns, seed));
}

function drawNucleus(
  data: Uint16Array,
  rows: number,
  columns: number,
  nucleus: { row: number; column: number; radius: number },
): void {
  const reach = Math.ceil(nucleus.radius);
  for (let row = Math.max(0, Math.floor(nucleus.row) - reach); row <= Math.min(rows - 1, nucleus.row + reach); row++) {
    for (
      let column = Math.max(0, Math.floor(nucleus.column) - reach);
      column <= Math.min(columns - 1, nucleus.column + reach);
      column++
    ) {
      const distance = Math.hypot(row - nucleus.row, column - nucleus.column) / nucleus.radius;
      if (distance < 1)
        data[row * columns + column] = data[row * columns + column]! + Math.round(5_000 * (1 - distance * distance));
    }
  }
}
