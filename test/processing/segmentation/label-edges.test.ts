import { describe, expect, test } from '@jest/globals';
import { erodeEdges } from '../../../src/processing/segmentation/erode-edges.js';
import { findBoundaries } from '../../../src/processing/segmentation/find-boundaries.js';
import { wholeRows } from '../../../src/processing/measure/runs.js';
import { relabelSequential, renumberInPlace } from '../../../src/processing/segmentation/relabel.js';
import { labelImage, textOf } from '../../support/draw-image.js';

describe('findBoundaries', () => {
  test('marks pixels of objects beside another label, but not at the border of the image', () => {
    const labels = labelImage('1 1 1 2', '1 1 1 2', '1 1 1 .');
    expect(textOf(findBoundaries(labels))).toEqual(['. . 1 1', '. . 1 1', '. . 1 .']);
  });

  test('corners do not count as neighbours', () => {
    expect(textOf(findBoundaries(labelImage('2 2 .', '2 2 2', '2 2 2')))).toEqual(['. 1 .', '. . 1', '. . .']);
  });

  test('in 3-D neighbouring planes count', () => {
    const labels = { shape: [2, 1, 2], data: Int32Array.of(1, 1, 1, 2) };
    expect([...findBoundaries(labels).data]).toEqual([0, 1, 1, 1]);
  });
});

describe('erodeEdges', () => {
  test('parts touching objects by two pixels a time', () => {
    const labels = labelImage('1 1 1 2 2 2', '1 1 1 2 2 2');
    expect(textOf(erodeEdges(labels, 1))).toEqual(['1 1 . . 2 2', '1 1 . . 2 2']);
    expect(textOf(erodeEdges(labels, 2))).toEqual(['1 . . . . 2', '1 . . . . 2']);
    expect(textOf(labels)).toEqual(['1 1 1 2 2 2', '1 1 1 2 2 2']);
  });

  test('in 3-D planes beside are eroded as well, each by what stood there before', () => {
    const labels = { shape: [4, 1, 2], data: Int32Array.of(1, 1, 1, 1, 1, 2, 1, 2) };
    expect([...erodeEdges(labels, 1).data]).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  });

  test('width 0 gives a copy', () => {
    const labels = labelImage('1 2');
    const copy = erodeEdges(labels, 0);
    expect(textOf(copy)).toEqual(['1 2']);
    expect(copy.data).not.toBe(labels.data);
  });

  test('refuses ranks other than 2 and 3, and widths that are no whole number', () => {
    expect(() => erodeEdges({ shape: [2], data: new Int32Array(2) }, 1)).toThrow(RangeError);
    expect(() => erodeEdges(labelImage('1'), 0.5)).toThrow('width is 0.5; it must be a whole number ≥ 0');
  });
});

describe('relabelSequential', () => {
  test('closes gaps and keeps the order of the numbers', () => {
    expect(textOf(relabelSequential(labelImage('7 . 3', '900000 3 .')))).toEqual(['2 . 1', '3 1 .']);
  });

  test('refuses negative labels', () => {
    expect(() => relabelSequential(labelImage('1 -1'))).toThrow('relabelSequential: labels hold -1');
  });
});

describe('renumberInPlace', () => {
  const all = (size: number) => wholeRows({ planes: 1, rows: 1, columns: size });

  test('removes small objects and closes the gaps', () => {
    const labels = Int32Array.of(4, 4, 0, 2, 9, 9, 9);
    renumberInPlace(labels, 2, all(7));
    expect([...labels]).toEqual([1, 1, 0, 0, 2, 2, 2]);
  });

  test('refuses a size that is no number', () => {
    expect(() => renumberInPlace(Int32Array.of(1), NaN, all(1))).toThrow('minSize is NaN');
  });
});
