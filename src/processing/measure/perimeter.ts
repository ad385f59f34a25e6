const DIAGONAL = Math.SQRT2;
const MIXED = (1 + Math.SQRT2) / 2;

/** What a border pixel adds, by 1 + 2 · (border pixels beside it) + 10 · (border pixels at its corners). */
const LENGTHS: Readonly<Record<number, number>> = {
  5: 1,
  7: 1,
  15: 1,
  17: 1,
  25: 1,
  27: 1,
  21: DIAGONAL,
  33: DIAGONAL,
  13: MIXED,
  23: MIXED,
};

/**
 * Length of an object's outline in pixels, estimated from the pattern of its border pixels (object minus its erosion with
 * a cross; the edge of the array counts as outside). Source: `skimage.measure.perimeter` 0.19, neighbourhood 4, after
 * Benkrid and Crookes (2000).
 *
 * @param mask rows × columns, 0 outside the object
 */
export function perimeter(mask: Uint8Array, rows: number, columns: number): number {
  const border = borderOf(mask, rows, columns);
  const at = (row: number, column: number): number =>
    row >= 0 && column >= 0 && row < rows && column < columns ? border[row * columns + column]! : 0;
  let length = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (border[row * columns + column] === 0) continue;
      const beside = at(row - 1, column) + at(row + 1, column) + at(row, column - 1) + at(row, column + 1);
      const corners =
        at(row - 1, column - 1) + at(row - 1, column + 1) + at(row + 1, column - 1) + at(row + 1, column + 1);
      length += LENGTHS[1 + 2 * beside + 10 * corners] ?? 0;
    }
  }
  return length;
}

function borderOf(mask: Uint8Array, rows: number, columns: number): Uint8Array {
  const border = new Uint8Array(mask.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const pixel = row * columns + column;
      if (mask[pixel] === 0) continue;
      const inner =
        row > 0 &&
        row < rows - 1 &&
        column > 0 &&
        column < columns - 1 &&
        mask[pixel - columns]! > 0 &&
        mask[pixel + columns]! > 0 &&
        mask[pixel - 1]! > 0 &&
        mask[pixel + 1]! > 0;
      border[pixel] = inner ? 0 : 1;
    }
  }
  return border;
}
