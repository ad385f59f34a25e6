import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { pixelwise } from '../../../src/processing/segmentation/pixelwise.js';
import { areas, batch, channels, discs } from './draw.js';

describe('pixelwise', () => {
  const blank = discs(20, 30, []);
  const two = channels(
    blank,
    discs(20, 30, [
      [8, 8, 5],
      [8, 22, 4],
    ]),
    blank,
  );

  test('connected parts of the last but one channel are cells', () => {
    const labels = pixelwise(two, { minSize: 10 });
    expect(labels.shape).toEqual([1, 20, 30, 1]);
    expect(labels.data).toBeInstanceOf(Float64Array);
    expect(areas(labels)).toEqual([
      [1, 69],
      [2, 45],
    ]);
  });

  test('small objects leave gaps in the numbers', () => {
    const small = channels(
      blank,
      discs(20, 30, [
        [4, 4, 2],
        [10, 20, 6],
      ]),
      blank,
    );
    expect(areas(pixelwise(small)).map(([label]) => label)).toEqual([2]);
  });

  test('each image of a batch is numbered from 1', () => {
    const labels = pixelwise(batch(two, two), { minSize: 10 });
    expect(labels.data.subarray(600)).toEqual(labels.data.subarray(0, 600));
  });

  test('diagonal neighbours are not connected, and the threshold itself is outside', () => {
    const image = ndArray(Float32Array.of(1, 0, 0, 1, 0.5, 0), [1, 3, 2, 1]);
    expect([...pixelwise(image, { threshold: 0.5, minSize: 0, interiorAxis: 0 }).data]).toEqual([1, 0, 0, 2, 0, 0]);
  });

  test('one pixel and background are no trouble', () => {
    expect([...pixelwise(ndArray(Float32Array.of(1, 0), [1, 1, 1, 2]), { minSize: 1 }).data]).toEqual([1]);
    expect(areas(pixelwise(channels(blank, blank)))).toEqual([]);
    expect(pixelwise(ndArray(new Float32Array(0), [1, 0, 5, 3])).shape).toEqual([1, 0, 5, 1]);
  });

  test('leaves its input as it was and says what it takes', () => {
    const before = two.data.slice();
    pixelwise(two);
    expect(two.data).toEqual(before);
    expect(() => pixelwise(two, { interiorAxis: 3 })).toThrow('pixelwise: interior_axis 3 of 3 channels');
    expect(() => pixelwise(two, { interiorAxis: -4 })).toThrow('pixelwise: interior_axis -4 of 3 channels');
    expect(() => pixelwise(ndArray(new Float32Array(4), [2, 2, 1]))).toThrow(
      'pixelwise: shape (2, 2, 1); (batch, rows, columns, channels) is accepted',
    );
  });
});
