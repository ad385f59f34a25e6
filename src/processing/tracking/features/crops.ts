/** One float plane, C order. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Half open, in pixels. */
export type Box = readonly [minRow: number, minColumn: number, maxRow: number, maxColumn: number];

/**
 * A part of a plane scaled to `side` × `side` pixels: bilinear, pixels taken at their centres, the rim repeated.
 * @param box within the plane, at least one pixel a side
 */
export function scaledCrop(plane: Plane, box: Box, side: number, target: Float32Array): void {
  const [minRow, minColumn, maxRow, maxColumn] = box;
  for (let i = 0; i < side; i++) {
    const row = clamp(minRow + ((i + 0.5) * (maxRow - minRow)) / side - 0.5, minRow, maxRow - 1);
    for (let j = 0; j < side; j++) {
      const column = clamp(minColumn + ((j + 0.5) * (maxColumn - minColumn)) / side - 0.5, minColumn, maxColumn - 1);
      target[i * side + j] = valueAt(plane, row, column);
    }
  }
}

/** A window of `side` × `side` pixels, unscaled, its middle pixel nearest to the given place; 0 outside the plane. */
export function windowCrop(plane: Plane, row: number, column: number, side: number, target: Float32Array): void {
  const firstRow = Math.round(row) - Math.floor(side / 2);
  const firstColumn = Math.round(column) - Math.floor(side / 2);
  for (let i = 0; i < side; i++) {
    const r = firstRow + i;
    for (let j = 0; j < side; j++) {
      const c = firstColumn + j;
      const isInside = r >= 0 && c >= 0 && r < plane.rows && c < plane.columns;
      target[i * side + j] = isInside ? plane.data[r * plane.columns + c]! : 0;
    }
  }
}

function valueAt({ columns, rows, data }: Plane, row: number, column: number): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
  const [down, along] = [row - top, column - left];
  const upper = data[top * columns + left]! * (1 - along) + data[top * columns + right]! * along;
  const lower = data[bottom * columns + left]! * (1 - along) + data[bottom * columns + right]! * along;
  return upper * (1 - down) + lower * down;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
