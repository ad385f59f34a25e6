import { describe, expect, test } from '@jest/globals';
import { colourOutlines, findOutlines } from '../../src/images/outlines.js';
import { drawOverlay } from '../../src/images/overlay.js';
import type { LabelArray } from '../../src/processing/array/nd-array.js';

/** Labels drawn as text, `.` for background. */
function drawn(...rows: string[]): LabelArray {
  const data = Int32Array.from(rows.join('').replaceAll('.', '0'), Number);
  return { shape: [rows.length, rows[0]!.length], data };
}

const text = (outlines: Int32Array, columns: number): string[] =>
  (Array.from(outlines, (label) => (label === 0 ? '.' : String(label)))
    .join('')
    .match(new RegExp(`.{${columns}}`, 'gu')) ?? []) as string[];

describe('outlines of cells', () => {
  test('are one pixel thick and within the cell', () => {
    const labels = drawn('.......', '.11111.', '.11111.', '.11111.', '.......');
    expect(text(findOutlines(labels), 7)).toEqual(['.......', '.11111.', '.1...1.', '.11111.', '.......']);
  });

  test('of cells that touch, each has its own', () => {
    expect(text(findOutlines(drawn('111222', '111222', '111222')), 6)).toEqual(['..12..', '..12..', '..12..']);
  });

  test('the border of the image is no outline', () => {
    expect(text(findOutlines(drawn('111', '111', '...')), 3)).toEqual(['...', '111', '...']);
  });

  test('an image without cells has none', () => {
    expect([...findOutlines(drawn('...', '...'))]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('neighbours differ in colour even where their numbers would not', () => {
    const outlines = findOutlines(drawn('111777', '111777', '111777'));
    const colours = colourOutlines(outlines, [3, 6], 6);
    expect(colours.get(1)).not.toBe(colours.get(7));
  });
});

describe('the overlay', () => {
  const labels = drawn('....', '.11.', '.11.', '....');

  test('shows the contrast-stretched image with outlines over it', () => {
    const image = { shape: [4, 4, 1], data: Float32Array.from({ length: 16 }, (_, index) => index * 100) };
    const picture = drawOverlay(image, labels);
    const at = (row: number, column: number): number[] =>
      Array.from(picture.slice((row * 4 + column) * 3, (row * 4 + column) * 3 + 3));
    expect(at(0, 0)).toEqual([0, 0, 0]);
    expect(at(3, 3)).toEqual([255, 255, 255]);
    const [red, green, blue] = at(1, 1);
    expect(new Set([red, green, blue]).size).toBeGreaterThan(1);
    expect(at(2, 2)).toEqual([red, green, blue]);
  });

  test('a flat image, NaN and a batch of one are shown without fault', () => {
    const flat = { shape: [1, 4, 4, 2], data: new Float32Array(32).fill(5) };
    expect(drawOverlay(flat, labels)).toHaveLength(48);
    const nothing = { shape: [4, 4, 1], data: new Float32Array(16).fill(Number.NaN) };
    expect(drawOverlay(nothing, labels)[0]).toBe(0);
  });

  test('the first of two channels is bluish, the second greenish', () => {
    const data = new Float32Array(32);
    data[0] = 9;
    data[3] = 9;
    const picture = drawOverlay({ shape: [4, 4, 2], data }, drawn('....', '....', '....', '....'));
    expect(picture[2]!).toBeGreaterThan(picture[0]!);
    expect(picture[4]!).toBeGreaterThan(picture[5]!);
  });

  test('shapes that do not fit are refused', () => {
    const image = { shape: [2, 8, 1], data: new Float32Array(16) };
    expect(() => drawOverlay(image, labels)).toThrow(/image of shape \(2, 8, 1\) and labels of \(4, 4\)/u);
  });
});
