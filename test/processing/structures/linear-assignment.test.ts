import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { ndArray, type NdArray } from '../../../src/processing/array/nd-array.js';
import { linearAssignment } from '../../../src/processing/structures/linear-assignment.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';
import { requireTool } from '../../support/require-tool.js';

type Costs = NdArray<Float64Array>;

function matrix(rows: number, columns: number, cost: (row: number, column: number) => number): Costs {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => cost(Math.floor(i / columns), i % columns));
  return ndArray(data, [rows, columns]);
}

/** The least cost of all ways to give each row a column; rows may not be more than columns. */
function leastCost({ shape, data }: Costs, row = 0, taken: ReadonlySet<number> = new Set()): number {
  const [rows, columns] = shape as [number, number];
  if (row === rows) return 0;
  let least = Infinity;
  for (let column = 0; column < columns; column++) {
    if (taken.has(column)) continue;
    const rest = leastCost({ shape, data }, row + 1, new Set([...taken, column]));
    least = Math.min(least, data[row * columns + column]! + rest);
  }
  return least;
}

/** Checks that the pairs are one to one and that the potentials prove them to be the cheapest. */
function expectProof(costs: Costs): void {
  const [rows, columns] = costs.shape as [number, number];
  const { columnOfRow, rowOfColumn, cost, potentials } = linearAssignment(costs);
  const scale = costs.data.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1,
  );
  let paid = 0;
  let pairs = 0;
  for (let row = 0; row < rows; row++) {
    const column = columnOfRow[row]!;
    if (column < 0) continue;
    pairs++;
    expect(rowOfColumn[column]).toBe(row);
    paid += costs.data[row * columns + column]!;
  }
  expect(pairs).toBe(Math.min(rows, columns));
  expect(rowOfColumn.filter((row) => row >= 0)).toHaveLength(pairs);
  expect(Math.abs(paid - cost)).toBeLessThan(1e-9 * scale * pairs);
  let worst = Infinity;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const slack = costs.data[row * columns + column]! - potentials.rows[row]! - potentials.columns[column]!;
      worst = Math.min(worst, slack);
    }
  }
  expect(worst).toBeGreaterThan(-1e-9 * scale);
  const bound = potentials.rows.reduce((a, b) => a + b, 0) + potentials.columns.reduce((a, b) => a + b, 0);
  expect(Math.abs(bound - cost)).toBeLessThan(1e-9 * scale * (rows + columns));
  const longer = rows > columns ? potentials.rows : potentials.columns;
  if (rows !== columns) expect(longer.every((value) => value <= 1e-9 * scale)).toBe(true);
}

/** Kinds of costs: all different, many ties, negative ones, squared distances, the product that needs long paths. */
function families(seed: number): Record<string, (row: number, column: number) => number> {
  const random = randomNumbers(seed);
  const places = Array.from({ length: 2000 }, () => [random(), random()] as const);
  return {
    uniform: () => random(),
    ties: () => Math.floor(random() * 4),
    negative: () => random() * 200 - 100,
    distances: (row, column) => {
      const [a, b] = [places[row]!, places[1999 - column]!];
      return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
    },
    product: (row, column) => (row + 1) * (column + 1),
    forbidden: (row, column) => (row !== column && random() < 0.6 ? Infinity : random()),
  };
}

describe('linearAssignment', () => {
  test('finds the least cost of all assignments, as trying them all does', () => {
    for (let seed = 1; seed <= 40; seed++) {
      for (const cost of Object.values(families(seed))) {
        const columns = 3 + (seed % 4);
        const costs = matrix(1 + (seed % columns), columns, cost);
        expect(linearAssignment(costs).cost).toBeCloseTo(leastCost(costs), 9);
      }
    }
  });

  test('proves its result by potentials, for squares and for either side longer', () => {
    for (const [rows, columns] of [
      [120, 120],
      [60, 140],
      [140, 60],
    ] as const) {
      for (const cost of Object.values(families(rows))) expectProof(matrix(rows, columns, cost));
    }
  });

  test('takes 2000 × 2000 dense costs', () => {
    const random = randomNumbers(3);
    expectProof(matrix(2000, 2000, () => random()));
  });

  test('leaves over what the longer side has too much of', () => {
    const costs = ndArray(Float64Array.of(5, 1, 4, 2, 9, 9), [3, 2]);
    const { columnOfRow, rowOfColumn, cost } = linearAssignment(costs);
    expect([[...columnOfRow], [...rowOfColumn], cost]).toEqual([[1, 0, -1], [1, 0], 5]);
  });

  test('an empty side has nothing to assign', () => {
    const { columnOfRow, rowOfColumn, cost } = linearAssignment(ndArray(new Float64Array(0), [0, 3]));
    expect([[...columnOfRow], [...rowOfColumn], cost]).toEqual([[], [-1, -1, -1], 0]);
  });

  test('goes round forbidden pairs, and says when they leave no way', () => {
    const open = ndArray(Float64Array.of(1, 2, 1, Infinity), [2, 2]);
    expect([...linearAssignment(open).columnOfRow]).toEqual([1, 0]);
    for (const data of [
      [1, Infinity, 1, Infinity],
      [Infinity, Infinity, 1, 1],
    ]) {
      expect(() => linearAssignment(ndArray(Float64Array.from(data), [2, 2]))).toThrow(
        'linearAssignment: the forbidden pairs of 2 and 2 leave no complete assignment; allow more of them',
      );
    }
  });

  test('refuses costs that are no numbers', () => {
    expect(() => linearAssignment(ndArray(Float64Array.of(NaN), [1, 1]))).toThrow('costs hold NaN');
    expect(() => linearAssignment(ndArray(Float64Array.of(-Infinity), [1, 1]))).toThrow('costs hold -Infinity');
    expect(() => linearAssignment(ndArray(new Float64Array(1), [1]))).toThrow('its rank must be 2');
  });

  const live = requireTool('python3-scipy') ? test : test.skip;
  live('costs what scipy.optimize.linear_sum_assignment costs', () => {
    const matrices = [1, 2, 3].flatMap((seed) =>
      Object.values(families(seed)).flatMap((cost) => [
        matrix(90, 90, cost),
        matrix(40, 110, cost),
        matrix(70, 30, cost),
      ]),
    );
    const input = matrices.map(({ shape, data }) =>
      Array.from({ length: shape[0]! }, (_, row) =>
        Array.from(data.subarray(row * shape[1]!, (row + 1) * shape[1]!), (value) =>
          value === Infinity ? null : value,
        ),
      ),
    );
    const script = new URL('linear-assignment-reference.py', import.meta.url).pathname;
    const python = spawnSync('/usr/bin/python3', [script], { input: JSON.stringify(input), encoding: 'utf8' });
    expect(python.status).toBe(0);
    const costs = JSON.parse(python.stdout) as number[];
    for (const [i, each] of matrices.entries()) expect(linearAssignment(each).cost).toBeCloseTo(costs[i]!, 7);
  });
});
