import { expect, test } from '@jest/globals';
import { halveByChoice, halveByMean } from '../../../src/images/zarr/halve.js';

test('intensities become means of four', () => {
  const plane = { shape: [2, 4], data: Float32Array.of(1, 2, 10, 10, 3, 4, 10, 10) };
  expect(halveByMean(plane)).toEqual({ shape: [1, 2], data: Float32Array.of(2.5, 10) });
});

test('at the border of an odd size, means of those that are there', () => {
  const plane = { shape: [3, 3], data: Float32Array.of(1, 1, 5, 1, 1, 7, 2, 4, 9) };
  expect(halveByMean(plane)).toEqual({ shape: [2, 2], data: Float32Array.of(1, 6, 3, 9) });
});

test('labels are chosen, never mixed', () => {
  const plane = { shape: [3, 3], data: Int32Array.of(1, 9, 2, 9, 9, 9, 3, 9, 4) };
  expect(halveByChoice(plane)).toEqual({ shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) });
});
