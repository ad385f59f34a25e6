import type { FloatArray } from '../../../src/processing/array/nd-array.js';

/** The model's stride: its result depends on where a tile begins, modulo this. */
export const STRIDE = 4;
/** How far the model looks: one coarse cell to every side. */
export const RECEPTIVE_FIELD = 2 * STRIDE - 1;

/**
 * Stands for a network with pooling: means of 4×4 cells (edge pixels repeated up to a multiple of 4), a 3×3 sum of cells
 * with zeros outside, spread to pixels again and added to the image.
 */
export function localModel(image: FloatArray): FloatArray {
  const [rows, columns] = image.shape as [number, number, number];
  const [cellRows, cellColumns] = [Math.ceil(rows / STRIDE), Math.ceil(columns / STRIDE)];
  const cells = new Float64Array(cellRows * cellColumns);
  for (let row = 0; row < cellRows * STRIDE; row++) {
    for (let column = 0; column < cellColumns * STRIDE; column++) {
      const cell = Math.floor(row / STRIDE) * cellColumns + Math.floor(column / STRIDE);
      cells[cell]! += image.data[Math.min(row, rows - 1) * columns + Math.min(column, columns - 1)]!;
    }
  }
  const data = Float32Array.from(image.data, (value, pixel) => {
    const cellRow = Math.floor(Math.floor(pixel / columns) / STRIDE);
    const cellColumn = Math.floor((pixel % columns) / STRIDE);
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [r, c] = [cellRow + dy, cellColumn + dx];
        if (r >= 0 && c >= 0 && r < cellRows && c < cellColumns) sum += cells[r * cellColumns + c]!;
      }
    }
    return value + sum / 256;
  });
  return { shape: image.shape, data };
}
