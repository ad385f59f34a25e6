import { describe, expect, test } from '@jest/globals';
import type { PeakLocalMaxOptions } from '../../../src/processing/morphology/local-maxima.js';
import { peakLocalMax } from '../../../src/processing/morphology/local-maxima.js';
import type { FloatArray } from '../../../src/processing/array/nd-array.js';
import { floatImage, labelImage } from '../../support/draw-image.js';

/** The peaks as `row,column`. */
function peaks(image: FloatArray, options: PeakLocalMaxOptions): string[] {
  const { shape, data } = peakLocalMax(image, { excludeBorder: false, thresholdAbs: 0, ...options });
  const [count, rank] = shape as [number, number];
  return Array.from({ length: count }, (_, peak) => data.slice(peak * rank, (peak + 1) * rank).join());
}

describe('peakLocalMax', () => {
  const image = floatImage('0 0 0 0 0 0', '0 5 0 0 9 0', '0 0 0 0 0 0', '0 0 7 0 0 0');

  test('lists peaks brightest first', () => {
    expect(peaks(image, { minDistance: 1 })).toEqual(['1,4', '3,2', '1,1']);
  });

  test('a peak leads the whole window, so a brighter pixel at exactly the distance ends it', () => {
    expect(peaks(image, { minDistance: 2 })).toEqual(['1,4']);
  });

  test('the threshold itself is not above the threshold, compared in float32', () => {
    expect(peaks(image, { thresholdAbs: 7 })).toEqual(['1,4']);
    expect(peaks(floatImage('0 0.1 0'), { thresholdAbs: 0.1 })).toEqual([]);
  });

  test('excludeBorder drops peaks nearer to the border than the distance, or than the number given', () => {
    expect(peaks(image, { excludeBorder: true })).toEqual(['1,4', '1,1']);
    expect(peaks(image, { excludeBorder: 2 })).toEqual([]);
  });

  test('of a flat top one pixel is left, the first in raster order', () => {
    expect(peaks(floatImage('0 4 4 0', '0 4 4 0'), { minDistance: 3 })).toEqual(['0,1']);
  });

  test('equally bright pixels are judged each by its own window', () => {
    expect(peaks(floatImage('5 0 0 5 0 0 0 0'), { minDistance: 3 })).toEqual(['0,0', '0,3']);
    expect(peaks(floatImage('0 0 0 9 5 0 0 5 0 0'), { minDistance: 3 })).toEqual(['0,3', '0,7']);
  });

  test('a large plateau above the threshold gives the same peaks by the filter as by windows', () => {
    const size = 60;
    const data = new Float32Array(size * size).fill(1);
    data[0] = 0;
    const found = peaks({ shape: [size, size], data }, { minDistance: 20 });
    expect(found).toEqual(['0,1', '0,21', '0,41', '20,0', '20,20', '20,40', '40,0', '40,20', '40,40']);
  });

  test('outside counts as 0, so a negative pixel near the border is no peak', () => {
    const negative = floatImage(
      '-9 -9 -9 -9 -9',
      '-9 -9 -9 -9 -9',
      '-9 -9 -1 -9 -9',
      '-9 -9 -9 -9 -9',
      '-9 -9 -9 -9 -9',
    );
    expect(peaks(negative, { minDistance: 2, thresholdAbs: -5 })).toEqual(['2,2']);
    expect(peaks(negative, { minDistance: 3, thresholdAbs: -5 })).toEqual([]);
  });

  test('a constant image has no peaks', () => {
    expect(peaks(floatImage('3 3', '3 3'), { thresholdAbs: 1 })).toEqual([]);
  });

  test('labels are searched one by one, each as if alone', () => {
    const labels = labelImage('1 1 1 2 2 2', '1 1 1 2 2 2', '. . . . . .', '. . . . . .');
    expect(peaks(image, { minDistance: 5, labels })).toEqual(['1,1', '1,4']);
  });

  test('a constant label has peaks at its isolated pixels only', () => {
    const flat = floatImage('2 2 2 2 2', '2 2 2 2 2', '2 2 2 2 2');
    const labels = labelImage('. 1 . . .', '1 1 1 . 1', '. 1 . . .');
    expect(peaks(flat, { minDistance: 1, labels })).toEqual(['1,4']);
  });

  test('finds peaks of a volume across its planes', () => {
    const data = new Float32Array(27);
    data[13] = 2;
    data[0] = 1;
    expect(peaks({ shape: [3, 3, 3], data }, { minDistance: 1 })).toEqual(['1,1,1']);
  });

  test('refuses a distance that is no whole number', () => {
    expect(() => peakLocalMax(image, { minDistance: 1.5 })).toThrow('minDistance is 1.5');
  });
});
