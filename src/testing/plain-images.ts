import { ndArray, type NdArray } from '../processing/array/nd-array.js';
import { randomNumbers } from './random-numbers.js';

/** uint16 from 0 in the first column to `top` in the last; all rows alike. */
export function gradientImage(rows: number, columns: number, top = 65_535): NdArray<Uint16Array> {
  const data = new Uint16Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = Math.round((top * (i % columns)) / Math.max(1, columns - 1));
  return ndArray(data, [rows, columns]);
}

/** uint16, every value from 0 to `top` as likely as any other; the same for the same seed. */
export function noiseImage(rows: number, columns: number, seed = 7, top = 65_535): NdArray<Uint16Array> {
  const random = randomNumbers(seed);
  const data = new Uint16Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = Math.floor((top + 1) * random());
  return ndArray(data, [rows, columns]);
}
