import { expect, test } from '@jest/globals';
import { labelParts } from '../../../src/processing/measure/label-parts.js';
import type { LabelArray } from '../../../src/processing/array/nd-array.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

function drawn(...rows: string[]): LabelArray {
  const data = Int32Array.from(rows.join('').replaceAll('.', '0'), Number);
  return { shape: [rows.length, rows[0]!.length], data };
}

test('a label in two places has two parts, numbered in raster order', () => {
  const { parts, count } = labelParts(drawn('2..2', '2.12', '.11.'));
  expect([...parts.data]).toEqual([...drawn('1..2', '1.32', '.33.').data]);
  expect(count).toBe(3);
});

test('pixels that touch at a corner, or cells side by side, are parts of their own', () => {
  expect(labelParts(drawn('1.', '.1')).count).toBe(2);
  expect(labelParts(drawn('12', '12')).count).toBe(2);
});

test('runs that meet only further down are one part', () => {
  expect([...labelParts(drawn('1.1', '111')).parts.data]).toEqual([1, 0, 1, 1, 1, 1]);
});

test('an image without cells has no part', () => {
  expect(labelParts(drawn('...')).count).toBe(0);
});

test('agrees with filling from each pixel, and leaves its input as it was', () => {
  const random = randomNumbers(7);
  for (let round = 0; round < 50; round += 1) {
    const [rows, columns] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
    const labels = Int32Array.from({ length: rows * columns }, () => Math.floor(random() * 3));
    const copy = labels.slice();
    const { parts } = labelParts({ shape: [rows, columns], data: labels });
    expect([...parts.data]).toEqual(filled(labels, rows, columns));
    expect(labels).toEqual(copy);
  }
});

function filled(labels: Int32Array, rows: number, columns: number): number[] {
  const parts = Array.from(labels, () => 0);
  let count = 0;
  const fill = (row: number, column: number, label: number): void => {
    const at = row * columns + column;
    if (row < 0 || row >= rows || column < 0 || column >= columns || labels[at] !== label || parts[at] !== 0) return;
    parts[at] = count;
    for (const [y, x] of [
      [0, 1],
      [1, 0],
      [0, -1],
      [-1, 0],
    ] as const) {
      fill(row + y, column + x, label);
    }
  };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      if (labels[at] === 0 || parts[at] !== 0) continue;
      count += 1;
      fill(row, column, labels[at]!);
    }
  }
  return parts;
}
