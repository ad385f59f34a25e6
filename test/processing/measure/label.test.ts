import { describe, expect, test } from '@jest/globals';
import { label } from '../../../src/processing/measure/label.js';
import { maskImage, textOf } from '../../support/draw-image.js';

describe('label', () => {
  const diagonal = maskImage('#..#', '.#.#', '#...');

  test('joins corners by default and numbers components in raster order of their first pixel', () => {
    const { labels, count } = label(diagonal);
    expect(textOf(labels)).toEqual(['1 . . 2', '. 1 . 2', '1 . . .']);
    expect(count).toBe(2);
    expect(labels.data).toBeInstanceOf(Int32Array);
  });

  test('connectivity 1 joins shared edges only', () => {
    expect(textOf(label(diagonal, { connectivity: 1 }).labels)).toEqual(['1 . . 2', '. 3 . 2', '4 . . .']);
  });

  test('arms that meet far below are one component, numbered by its first pixel', () => {
    const comb = maskImage('#.#.#', '#.#.#', '#####', '.....', '#...#');
    expect(textOf(label(comb, { connectivity: 1 }).labels)).toEqual([
      '1 . 1 . 1',
      '1 . 1 . 1',
      '1 1 1 1 1',
      '. . . . .',
      '2 . . . 3',
    ]);
  });

  test.each([
    [1, 3],
    [2, 2],
    [3, 1],
  ])('in 3-D connectivity %i crosses that many axes at once', (connectivity, components) => {
    const data = new Uint8Array(27);
    data[0] = 1; // a corner, then one step across three axes, then one across two
    data[13] = 1;
    data[13 + 9 + 3] = 1;
    expect(label({ shape: [3, 3, 3], data }, { connectivity }).count).toBe(components);
  });

  test('takes any non-zero value for foreground and leaves the mask as it is', () => {
    const mask = { shape: [1, 4], data: Uint8Array.of(7, 255, 0, 1) };
    expect(textOf(label(mask).labels)).toEqual(['1 1 . 2']);
    expect([...mask.data]).toEqual([7, 255, 0, 1]);
  });

  test('an empty image, a single pixel and an all-background image have 0, 1 and 0 components', () => {
    expect(label({ shape: [0, 5], data: new Uint8Array(0) }).count).toBe(0);
    expect(label(maskImage('#')).count).toBe(1);
    expect(label(maskImage('...', '...')).count).toBe(0);
  });

  test('refuses other ranks and connectivities, and says what is accepted', () => {
    expect(() => label({ shape: [4], data: new Uint8Array(4) })).toThrow(
      new RangeError('label: mask has shape (4); its rank must be 2 or 3'),
    );
    expect(() => label(diagonal, { connectivity: 3 })).toThrow(
      new RangeError('label: connectivity is 3; it must be a whole number from 1 to 2'),
    );
  });
});
