import { describe, expect, test } from '@jest/globals';
import { dilateSquare } from '../../../src/processing/morphology/dilate-square.js';
import { fillEnclosedHoles } from '../../../src/processing/morphology/fill-enclosed-holes.js';
import { fillHoles } from '../../../src/processing/morphology/fill-holes.js';
import { removeSmallObjects, removeSmallRegions } from '../../../src/processing/morphology/remove-small-objects.js';
import { floatImage, labelImage, maskImage, textOf } from '../../support/draw-image.js';

describe('removeSmallObjects', () => {
  const labels = labelImage('1 1 . 5', '1 . 3 .', '. 5 3 .');

  test('keeps objects of exactly the size and their numbers; pieces of one label count together', () => {
    expect(textOf(removeSmallObjects(labels, 2))).toEqual(['1 1 . 5', '1 . 3 .', '. 5 3 .']);
    expect(textOf(removeSmallObjects(labels, 3))).toEqual(['1 1 . .', '1 . . .', '. . . .']);
  });

  test('size 0 gives a copy', () => {
    const copy = removeSmallObjects(labels, 0);
    expect(copy).toEqual(labels);
    expect(copy.data).not.toBe(labels.data);
  });

  test('copes with labels far above the number of pixels', () => {
    expect(textOf(removeSmallObjects(labelImage('2000000000 2000000000 7'), 2))).toEqual(['2000000000 2000000000 .']);
  });

  test('of a mask it removes connected regions, joined by edges', () => {
    expect([...removeSmallRegions(maskImage('##.', '..#'), 2).data]).toEqual([1, 1, 0, 0, 0, 0]);
    expect([...removeSmallRegions(maskImage('##.', '..#'), 3, 2).data]).toEqual([1, 1, 0, 0, 0, 1]);
  });

  test('refuses a size that is no number', () => {
    expect(() => removeSmallObjects(labels, NaN)).toThrow('minSize is NaN');
  });
});

describe('fillHoles', () => {
  const ring = ['. . . . . .', '. 2 2 2 2 .', '. 2 . . 2 .', '. 2 2 2 2 .'];

  test('fills holes below the size, not those of the size', () => {
    expect(textOf(fillHoles(labelImage(...ring), 3))[2]).toBe('. 2 2 2 2 .');
    expect(textOf(fillHoles(labelImage(...ring), 2))).toEqual(ring);
  });

  test('leaves objects without holes alone, also their pockets at the border', () => {
    const cup = ['1 . 1', '1 1 1'];
    expect(textOf(fillHoles(labelImage(...cup), 10))).toEqual(cup);
  });

  test('in an object with a hole, fills pockets in the corners of its box and small objects there', () => {
    const labels = labelImage('1 1 1 .', '1 . 1 1', '1 1 1 1', '1 1 1 5');
    expect(textOf(fillHoles(labels, 10))).toEqual(['1 1 1 1', '1 1 1 1', '1 1 1 1', '1 1 1 1']);
  });

  test('a hole that opens through a corner only is still a hole', () => {
    const labels = labelImage('3 3 3 .', '3 . 3 3', '3 3 3 3');
    expect(textOf(fillHoles(labels, 10))[1]).toBe('3 3 3 3');
  });

  test('refuses volumes', () => {
    expect(() => fillHoles({ shape: [1, 1, 1], data: new Int32Array(1) })).toThrow(RangeError);
  });
});

describe('fillEnclosedHoles', () => {
  test('fills a hole that one object surrounds, but not one between two', () => {
    const labels = labelImage('1 1 1 2', '1 . 1 2', '1 1 1 2', '1 1 . 2');
    expect(textOf(fillEnclosedHoles(labels, 5))).toEqual(['1 1 1 2', '1 1 1 2', '1 1 1 2', '1 1 . 2']);
  });
});

describe('dilateSquare', () => {
  test('takes the greatest value of the square that lies inside the image', () => {
    const image = floatImage('-1 -2 -3 -4', '-5 -6 -7 -8', '-9 -9 -9 0');
    expect(textOf(dilateSquare(image, 1))).toEqual(['-1 -1 -2 -3', '-1 -1 . .', '-5 -5 . .']);
  });

  test('a square larger than the image takes the greatest value everywhere, radius 0 changes nothing', () => {
    const image = floatImage('1 2 3', '4 5 6');
    expect(textOf(dilateSquare(image, 9))).toEqual(['6 6 6', '6 6 6']);
    expect(textOf(dilateSquare(image, 0))).toEqual(['1 2 3', '4 5 6']);
  });

  test('in 3-D reaches into the planes beside', () => {
    const image = { shape: [3, 1, 1], data: Float32Array.of(5, 1, 2) };
    expect([...dilateSquare(image, 1).data]).toEqual([5, 5, 2]);
  });
});
