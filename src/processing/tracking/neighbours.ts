import type { Cell } from './measure-cells.js';

/** Finds cells near a place. */
export interface Neighbours {
  /** Positions in the given list of the cells within `distance` pixels, nearest first. */
  within(row: number, column: number, distance: number): number[];
}

/** Prepares a list of cells for searches; each then looks at a band of rows only. */
export function neighboursOf(cells: readonly Cell[]): Neighbours {
  const order = Array.from(cells.keys()).toSorted((a, b) => cells[a]!.row - cells[b]!.row);
  const rows = order.map((i) => cells[i]!.row);
  return {
    within(row, column, distance) {
      const found: { readonly i: number; readonly away: number }[] = [];
      for (let place = firstAtLeast(rows, row - distance); place < rows.length; place++) {
        if (rows[place]! > row + distance) break;
        const i = order[place]!;
        const away = Math.hypot(cells[i]!.row - row, cells[i]!.column - column);
        if (away <= distance) found.push({ i, away });
      }
      return found.toSorted((a, b) => a.away - b.away || a.i - b.i).map(({ i }) => i);
    },
  };
}

function firstAtLeast(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
