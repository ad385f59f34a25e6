import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { correctDrift } from '../../../src/processing/registration/correct-drift.js';

/** Frames of one bright 3×3 spot each. */
function film(rows: number, columns: number, ...spots: [number, number][]) {
  const data = new Float32Array(spots.length * rows * columns);
  spots.forEach(([row, column], t) => {
    for (let dy = -1; dy <= 1; dy++) {
      data.fill(
        10 - Math.abs(dy),
        (t * rows + row + dy) * columns + column - 1,
        (t * rows + row + dy) * columns + column + 2,
      );
    }
  });
  return ndArray(data, [spots.length, rows, columns]);
}

describe('correctDrift', () => {
  test('moves each frame back to where the first one was', () => {
    const frames = film(20, 23, [8, 9], [10, 6], [5, 12]);
    const { frames: corrected, shifts } = correctDrift(frames);
    expect(shifts).toEqual([
      [0, 0],
      [-2, 3],
      [3, -3],
    ]);
    const size = 20 * 23;
    expect(corrected.data.subarray(size, 2 * size)).toEqual(corrected.data.subarray(0, size));
    expect(corrected.data.subarray(2 * size)).toEqual(corrected.data.subarray(0, size));
  });

  test('what would come in from the other side is 0', () => {
    const frames = film(16, 16, [8, 8], [8, 6]);
    frames.data[16 * 16 + 15] = 5; // moves out at the right, must not come in at the left
    const { frames: corrected, shifts } = correctDrift(frames);
    expect(shifts[1]).toEqual([0, 2]);
    expect(corrected.data[256]).toBe(0);
    expect(corrected.data[257]).toBe(0);
  });

  test('labels move with their frames and keep their values; inputs stay as they were', () => {
    const frames = film(16, 18, [8, 9], [6, 10]);
    const before = frames.data.slice();
    const labels = ndArray(
      Int32Array.from(frames.data, (value) => (value > 0 ? 70_001 : 0)),
      frames.shape,
    );
    const { labels: moved } = correctDrift(frames, labels);
    expect(moved!.data.subarray(288)).toEqual(moved!.data.subarray(0, 288));
    expect(frames.data).toEqual(before);
    expect(labels.data[288 + 6 * 18 + 10]).toBe(70_001);
  });

  test('a single frame, an empty film and frames of one pixel stay', () => {
    expect(correctDrift(film(9, 9, [4, 4])).shifts).toEqual([[0, 0]]);
    expect(correctDrift(ndArray(new Float32Array(0), [0, 4, 4])).shifts).toEqual([]);
    expect(correctDrift(ndArray(Float32Array.of(1, 2), [2, 1, 1])).frames.data).toEqual(Float32Array.of(1, 2));
  });

  test('says which shapes it takes', () => {
    expect(() => correctDrift(ndArray(new Float32Array(4), [2, 2]))).toThrow('correctDrift: frames of shape (2, 2)');
    expect(() => correctDrift(ndArray(new Float32Array(8), [1, 2, 2, 2]))).toThrow(
      '(frames, rows, columns, 1) is accepted',
    );
    expect(() => correctDrift(film(9, 9, [4, 4]), ndArray(new Int32Array(81), [9, 9]))).toThrow(
      'correctDrift: labels of shape (9, 9) beside frames of shape (1, 9, 9)',
    );
  });
});
