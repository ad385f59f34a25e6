import { describe, expect, test } from '@jest/globals';
import type { NdArray } from '../../../src/processing/array/nd-array.js';
import { ball, disk } from '../../../src/processing/morphology/footprints.js';
import { hMaxima } from '../../../src/processing/morphology/h-maxima.js';
import { reconstruction } from '../../../src/processing/morphology/reconstruction.js';
import { floatImage, textOf } from '../../support/draw-image.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

describe('footprints', () => {
  test.each([
    [0, 1],
    [1, 5],
    [2, 13],
    [10, 317],
  ])('a disk of radius %i has %i pixels', (radius, pixels) => {
    expect(disk(radius).columns).toHaveLength(pixels);
  });

  test('a ball of radius 1 has 7 voxels', () => {
    expect(ball(1).columns).toHaveLength(7);
  });
});

describe('hMaxima', () => {
  test('asks for prominence, not height', () => {
    const image = floatImage('0 0.6 0.55 0.55 0.9 0');
    expect(textOf(hMaxima(image, 0.1, disk(1)))).toEqual(['. . . . 1 .']);
    expect(textOf(hMaxima(image, 0.04, disk(1)))).toEqual(['. 1 . . 1 .']);
  });

  test('two peaks nearer than the radius compete as if there were no valley', () => {
    const image = floatImage('0 0.8 0 0 1 0 0');
    expect(textOf(hMaxima(image, 0.1, disk(2)))).toEqual(['. 1 . . 1 . .']);
    expect(textOf(hMaxima(image, 0.1, disk(3)))).toEqual(['. . . . 1 . .']);
  });

  test('peaks that are equal both survive, and so does a whole plateau', () => {
    expect(textOf(hMaxima(floatImage('1 0 1 0 1 1'), 0.5, disk(3)))).toEqual(['1 . 1 . 1 1']);
  });

  test('there are none if h exceeds the range of the image', () => {
    expect(textOf(hMaxima(floatImage('0 0.5 0'), 0.6, disk(1)))).toEqual(['. . .']);
  });

  test('refuses an h that is not above 0 and a footprint of another rank', () => {
    const image = floatImage('0 1 0');
    expect(() => hMaxima(image, 0, disk(1))).toThrow('h is 0; it must be above 0');
    expect(() => hMaxima(image, 0.1, ball(1))).toThrow('the footprint is 3-D, the image 2-D');
  });

  test('is what the reconstruction says, on noise, plateaus and saturated ground in 2-D and 3-D', () => {
    const random = randomNumbers(5);
    for (let scene = 0; scene < 300; scene += 1) {
      const shape = random() < 0.3 ? [4, 6, 7] : [3 + Math.floor(random() * 20), 3 + Math.floor(random() * 20)];
      const kind = Math.floor(random() * 4);
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => valueOf(kind, random));
      const radius = Math.floor(random() * 5);
      const footprint = shape.length === 3 ? ball(radius) : disk(radius);
      const h = [0.01, 0.1, 0.3, 0.7][Math.floor(random() * 4)]!;
      expect(hMaxima({ shape, data }, h, footprint)).toEqual(byReconstruction({ shape, data }, h, footprint));
    }
  });
});

/** Noise, a few levels, ground cut off at 0, or a top that wavers by less than the tolerance. */
function valueOf(kind: number, random: () => number): number {
  const value = random() * 2 - 0.5;
  if (kind === 1) return Math.round(value * 4) / 4;
  if (kind === 2) return Math.max(0, value - 0.5);
  if (kind === 3) return Math.min(value, 0.6) + random() * 2e-6;
  return value;
}

function byReconstruction(image: NdArray<Float32Array>, h: number, footprint: ReturnType<typeof disk>): NdArray {
  const { fround } = Math;
  const range = fround(Math.max(...image.data) - Math.min(...image.data));
  const seed = image.data.map((v) => fround(fround(v - fround(h)) - fround(fround(2e-6) * Math.abs(v))));
  const rebuilt = reconstruction({ shape: image.shape, data: seed }, image, footprint).data;
  return {
    shape: image.shape,
    data: Uint8Array.from(image.data, (value, i) => (h <= range && value - rebuilt[i]! >= h ? 1 : 0)),
  };
}

describe('reconstruction', () => {
  test('spreads the seed under the mask and stops where the mask is lower', () => {
    const mask = floatImage('3 3 1 3 3', '3 3 1 3 3');
    const seed = floatImage('0 2 0 0 0', '0 0 0 0 0');
    const rebuilt = reconstruction(seed, mask, disk(1));
    expect(textOf(rebuilt)).toEqual(['2 2 1 1 1', '2 2 1 1 1']);
    expect(rebuilt.data).toBeInstanceOf(Float64Array);
  });

  test('goes back and forth until nothing changes', () => {
    const mask = floatImage('5 5 5 5 5', '0 0 0 0 5', '5 5 5 0 5', '5 0 5 0 5', '5 0 5 5 5');
    const seed = floatImage('4 0 0 0 0', '0 0 0 0 0', '0 0 0 0 0', '0 0 0 0 0', '0 0 0 0 0');
    expect(textOf(reconstruction(seed, mask, disk(1)))).toEqual([
      '4 4 4 4 4',
      '. . . . 4',
      '4 4 4 . 4',
      '4 . 4 . 4',
      '4 . 4 4 4',
    ]);
  });

  test('refuses a seed above its mask', () => {
    expect(() => reconstruction(floatImage('2'), floatImage('1'), disk(1))).toThrow('seed 2 is above mask 1');
  });
});
