import type { Volume } from '../array/checks.js';

/** Where a label lies; both ends are part of it. */
export interface Box {
  readonly label: number;
  firstPlane: number;
  lastPlane: number;
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/** Bounding boxes of the labels above 0, in ascending order of label. */
export function labelBoxes(labels: Int32Array, volume: Volume): Box[] {
  const { planes, rows, columns } = volume;
  const boxes = new Map<number, Box>();
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const first = (plane * rows + row) * columns;
      let column = 0;
      while (column < columns) {
        const label = labels[first + column]!;
        const start = column;
        while (column < columns && labels[first + column] === label) column += 1;
        if (label > 0) extend(boxes, label, plane, row, start, column - 1);
      }
    }
  }
  return [...boxes.values()].toSorted((a, b) => a.label - b.label);
}

function extend(boxes: Map<number, Box>, label: number, plane: number, row: number, first: number, last: number): void {
  const box = boxes.get(label);
  if (!box) {
    boxes.set(label, {
      label,
      firstPlane: plane,
      lastPlane: plane,
      firstRow: row,
      lastRow: row,
      firstColumn: first,
      lastColumn: last,
    });
    return;
  }
  box.lastPlane = plane;
  box.firstRow = Math.min(box.firstRow, row);
  box.lastRow = Math.max(box.lastRow, row);
  box.firstColumn = Math.min(box.firstColumn, first);
  box.lastColumn = Math.max(box.lastColumn, last);
}
