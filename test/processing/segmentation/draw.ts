import type { FloatArray } from '../../../src/processing/array/nd-array.js';
import { sizeOf } from '../../../src/processing/array/nd-array.js';

/** A round cell: its middle and radius, in pixels. */
export type Cell = readonly [row: number, column: number, radius: number];

/** A map (1, rows, columns, 1) that falls from 1 in the middle of each cell to 0 at its edge. */
export function cones(rows: number, columns: number, cells: readonly Cell[]): FloatArray {
  const data = new Float32Array(rows * columns);
  for (const [row, column, radius] of cells) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const height = 1 - Math.hypot(r - row, c - column) / radius;
        data[r * columns + c] = Math.max(data[r * columns + c]!, height);
      }
    }
  }
  return { shape: [1, rows, columns, 1], data };
}

/** The same with 1 inside and 0 outside. */
export function discs(rows: number, columns: number, cells: readonly Cell[]): FloatArray {
  const { shape, data } = cones(rows, columns, cells);
  return { shape, data: data.map((height) => (height > 0 ? 1 : 0)) };
}

/** Puts maps (1, rows, columns, 1) side by side as channels. */
export function channels(...maps: readonly FloatArray[]): FloatArray {
  const shape = [...maps[0]!.shape.slice(0, -1), maps.length];
  const data = new Float32Array(sizeOf(shape));
  maps.forEach((map, c) => map.data.forEach((value, pixel) => (data[pixel * maps.length + c] = value)));
  return { shape, data };
}

/** Puts maps (1, rows, columns, c) one behind the other as a batch. */
export function batch(...maps: readonly FloatArray[]): FloatArray {
  const [first] = maps;
  const data = new Float32Array(maps.length * first!.data.length);
  maps.forEach((map, i) => data.set(map.data, i * map.data.length));
  return { shape: [maps.length, ...first!.shape.slice(1)], data };
}

/** Pixels of each label that occurs, background left away, ascending by label. */
export function areas(labels: { readonly data: ArrayLike<number> }): [label: number, pixels: number][] {
  const counts = new Map<number, number>();
  for (const label of Array.from(labels.data)) counts.set(label, (counts.get(label) ?? 0) + 1);
  counts.delete(0);
  return [...counts].toSorted(([a], [b]) => a - b);
}
