import { requireRank } from '../array/checks.js';
import type { NdArray } from '../array/nd-array.js';

/** Who goes to whom, and the proof that nothing is cheaper. */
export interface Assignment {
  /** Column of each row; -1 for a row left over, which happens only where there are more rows than columns. */
  readonly columnOfRow: Int32Array;
  /** Row of each column; -1 for a column left over. */
  readonly rowOfColumn: Int32Array;
  /** Sum of the costs of all pairs. */
  readonly cost: number;
  /**
   * Potentials: `rows[i] + columns[j] <= costs[i, j]`, with equality for assigned pairs. If one side is longer, they are at
   * most 0 there, and 0 for what is left over. So their sum is the cost, and no assignment can be below it. Up to rounding.
   */
  readonly potentials: { readonly rows: Float64Array; readonly columns: Float64Array };
}

/** What the phases work on: at least as many columns as rows. */
interface Problem {
  readonly rows: number;
  readonly columns: number;
  readonly costs: Float64Array;
  readonly columnOfRow: Int32Array;
  readonly rowOfColumn: Int32Array;
  /** Potential of each column. If there are more columns than rows: at most 0, and 0 as long as the column is free. */
  readonly prices: Float64Array;
}

/** Rounds of bargaining before paths are searched; a third gains nothing. */
const BARGAINING_ROUNDS = 2;

/**
 * Assigns each row a column of its own (or each column a row, if there are fewer columns) so that the sum of the costs is
 * as small as it can be. Exact.
 *
 * Rows first bargain for columns (augmenting row reduction), the rest is placed along shortest augmenting paths:
 * R. Jonker and A. Volgenant, Computing 38 (1987); rectangular as D. F. Crouse, IEEE Trans. Aerosp. Electron. Syst. 52
 * (2016). O(n² m) at worst, n the shorter side; about n m for costs that differ. Which of several assignments of equal
 * cost is taken is settled by the order of rows and columns.
 *
 * @param costs float64 (rows, columns), any sign; Infinity forbids a pair
 * @throws {RangeError} for NaN or -Infinity, and if the forbidden pairs leave no complete assignment
 */
export function linearAssignment(costs: NdArray<Float64Array>): Assignment {
  requireRank('linearAssignment', 'costs', costs, [2]);
  checkCosts(costs.data);
  const [rows, columns] = costs.shape as [number, number];
  if (rows <= columns) return solve(rows, columns, costs.data);
  const turned = solve(columns, rows, transpose(costs.data, rows, columns));
  return {
    columnOfRow: turned.rowOfColumn,
    rowOfColumn: turned.columnOfRow,
    cost: turned.cost,
    potentials: { rows: turned.potentials.columns, columns: turned.potentials.rows },
  };
}

function solve(rows: number, columns: number, costs: Float64Array): Assignment {
  const problem: Problem = {
    rows,
    columns,
    costs,
    columnOfRow: new Int32Array(rows).fill(-1),
    rowOfColumn: new Int32Array(columns).fill(-1),
    prices: new Float64Array(columns),
  };
  // Where a column may stay free its price has to stay 0, so only a square can begin with prices.
  let free = rows === columns ? reduceColumns(problem) : Int32Array.from({ length: rows }, (_, row) => row);
  for (let round = 0; round < BARGAINING_ROUNDS; round++) free = bargain(problem, free);
  augmentAll(problem, free);
  const { columnOfRow, rowOfColumn, prices } = problem;
  const rowPotentials = new Float64Array(rows);
  let cost = 0;
  for (let row = 0; row < rows; row++) {
    const column = columnOfRow[row]!;
    const paid = costs[row * columns + column]!;
    rowPotentials[row] = paid - prices[column]!;
    cost += paid;
  }
  return { columnOfRow, rowOfColumn, cost, potentials: { rows: rowPotentials, columns: prices } };
}

/**
 * Gives each column to the row that is cheapest for it, at that price; the last column comes first, and a row takes one.
 * @returns the rows still free
 */
function reduceColumns({ rows, columns, costs, columnOfRow, rowOfColumn, prices }: Problem): Int32Array<ArrayBuffer> {
  const cheapest = new Int32Array(columns);
  prices.fill(Infinity);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      if (costs[i]! >= prices[column]!) continue;
      prices[column] = costs[i]!;
      cheapest[column] = row;
    }
  }
  for (let column = columns - 1; column >= 0; column--) {
    if (prices[column] === Infinity) throw infeasible(rows, columns);
    const row = cheapest[column]!;
    if (columnOfRow[row]! >= 0) continue;
    columnOfRow[row] = column;
    rowOfColumn[column] = row;
  }
  return Int32Array.from(columnOfRow.keys()).filter((row) => columnOfRow[row]! < 0);
}

/**
 * Each free row takes the column that is best for it and lowers that column's price until its second best is as good. Who
 * held the column is free again: at once if the price fell, in the next round if it did not.
 * @returns the rows still free
 */
function bargain(problem: Problem, free: Int32Array): Int32Array<ArrayBuffer> {
  const { columns, costs, columnOfRow, rowOfColumn, prices } = problem;
  const waiting = Int32Array.from(free);
  const later: number[] = [];
  // Prices fall by ever less where rounding decides; then the paths have to settle it.
  let patience = 8 * problem.rows + 64;
  let next = 0;
  while (next < waiting.length) {
    const row = waiting[next++]!;
    const line = row * columns;
    let best = Infinity;
    let second = Infinity;
    let bestColumn = -1;
    let secondColumn = -1;
    for (let column = 0; column < columns; column++) {
      const offer = costs[line + column]! - prices[column]!;
      if (offer >= second) continue;
      if (offer < best) {
        second = best;
        secondColumn = bestColumn;
        best = offer;
        bestColumn = column;
      } else {
        second = offer;
        secondColumn = column;
      }
    }
    patience -= 1;
    // With one column allowed there is no second best to lower the price to.
    if (secondColumn < 0 || patience < 0) {
      later.push(row);
      continue;
    }
    const lowered = prices[bestColumn]! - (second - best);
    const falls = lowered < prices[bestColumn]!;
    const column = falls || rowOfColumn[bestColumn]! < 0 ? bestColumn : secondColumn;
    if (falls) prices[bestColumn] = lowered;
    const displaced = rowOfColumn[column]!;
    columnOfRow[row] = column;
    rowOfColumn[column] = row;
    if (displaced < 0) continue;
    columnOfRow[displaced] = -1;
    if (falls) waiting[--next] = displaced;
    else later.push(displaced);
  }
  return Int32Array.from(later);
}

/** Memory of the path search, one entry a column. */
interface PathSearch {
  /** Length of the shortest path found so far, Infinity for a settled column; and the row from which it comes. */
  readonly distance: Float64Array;
  readonly cameFrom: Int32Array;
  /** Prices of the columns that are not settled; -Infinity for those that are, to which no path then seems short. */
  readonly price: Float64Array;
  /** Columns in the order in which they were settled, and the lengths of their paths. */
  readonly settled: Int32Array;
  readonly settledAt: Float64Array;
}

/** Places the free rows one by one, each along the cheapest path of changes (Dijkstra on the reduced costs). */
function augmentAll(problem: Problem, free: Int32Array): void {
  const { columns, columnOfRow, rowOfColumn } = problem;
  const search: PathSearch = {
    distance: new Float64Array(columns),
    cameFrom: new Int32Array(columns),
    price: new Float64Array(columns),
    settled: new Int32Array(columns),
    settledAt: new Float64Array(columns),
  };
  for (const start of free) {
    let column = searchPath(problem, start, search);
    for (let row = -1; row !== start;) {
      row = search.cameFrom[column]!;
      const given = columnOfRow[row]!;
      rowOfColumn[column] = row;
      columnOfRow[row] = column;
      column = given;
    }
  }
}

/**
 * Finds the free column that is nearest to a free row, and lowers the prices of the columns on the way.
 * @returns that column
 */
function searchPath(problem: Problem, start: number, search: PathSearch): number {
  const { rows, columns, costs, columnOfRow, rowOfColumn, prices } = problem;
  const { distance, cameFrom, price, settled, settledAt } = search;
  distance.fill(Infinity);
  price.set(prices);
  let row = start;
  let offset = 0;
  for (let count = 0; ; count++) {
    const line = row * columns;
    let least = Infinity;
    let nearest = -1;
    for (let column = 0; column < columns; column++) {
      const through = costs[line + column]! - price[column]! + offset;
      let known = distance[column]!;
      if (through < known) {
        distance[column] = known = through;
        cameFrom[column] = row;
      }
      if (known <= least && (known < least || rowOfColumn[column]! < 0)) {
        least = known;
        nearest = column;
      }
    }
    if (least === Infinity) throw infeasible(rows, columns);
    const holder = rowOfColumn[nearest]!;
    if (holder < 0) {
      for (let i = 0; i < count; i++) prices[settled[i]!]! += settledAt[i]! - least;
      return nearest;
    }
    settled[count] = nearest;
    settledAt[count] = least;
    distance[nearest] = Infinity;
    price[nearest] = -Infinity;
    row = holder;
    const held = columnOfRow[row]!;
    offset = least - (costs[row * columns + held]! - prices[held]!);
  }
}

function infeasible(rows: number, columns: number): RangeError {
  return new RangeError(
    `linearAssignment: the forbidden pairs of ${rows} and ${columns} leave no complete assignment; allow more of them`,
  );
}

function checkCosts(costs: Float64Array): void {
  for (let i = 0; i < costs.length; i++) {
    if (!(costs[i]! > -Infinity)) {
      throw new RangeError(`linearAssignment: costs hold ${costs[i]}; numbers and Infinity (forbidden) are accepted`);
    }
  }
}

function transpose(data: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!;
  }
  return turned;
}
