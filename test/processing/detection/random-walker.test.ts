import { describe, expect, test } from '@jest/globals';
import { randomWalker } from '../../../src/processing/detection/random-walker.js';
import { solveLaplace } from '../../../src/processing/detection/solve-laplace.js';

describe('randomWalker', () => {
  test('undecided pixels go to the nearer label, ties to the lower one', () => {
    expect([...randomWalker(Int32Array.of(1, 0, 0, 0, 2), 1, 5)]).toEqual([1, 1, 1, 2, 2]);
    expect([...randomWalker(Int32Array.of(5, 0, 0, 3), 1, 4)]).toEqual([5, 5, 3, 3]);
  });

  test('it walks inside the objects only', () => {
    const markers = Int32Array.from(
      [
        [1, -1, 2],
        [0, -1, 0],
        [0, 0, 0],
      ].flat(),
    );
    expect([...randomWalker(markers, 3, 3)]).toEqual([1, 0, 2, 1, 0, 2, 1, 1, 2]);
  });

  test('a label with the longer shore wins the middle', () => {
    const markers = Int32Array.of(-1, 2, -1, 2, 0, 1, -1, 2, -1);
    expect(randomWalker(markers, 3, 3)[4]).toBe(2);
  });

  test('pixels that no label reaches stay 0, and markers as they were', () => {
    const markers = Int32Array.of(0, 0, -1, 1);
    expect([...randomWalker(markers, 1, 4)]).toEqual([0, 0, 0, 1]);
    expect([...markers]).toEqual([0, 0, -1, 1]);
  });

  test('the equation is solved to nine digits', () => {
    // A path of 9 unknowns between a seed of 1 and a seed of 0: probabilities fall evenly.
    const links = new Int32Array(36).fill(-1);
    for (let i = 0; i < 9; i++) {
      if (i > 0) links[4 * i] = i - 1;
      if (i < 8) links[4 * i + 1] = i + 1;
    }
    const x = solveLaplace({ links, degrees: new Float64Array(9).fill(2) }, Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0));
    x.forEach((value, i) => expect(value).toBeCloseTo((9 - i) / 10, 9));
  });
});
