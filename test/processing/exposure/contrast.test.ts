import { describe, expect, test } from '@jest/globals';
import { equalizeAdapthist } from '../../../src/processing/exposure/clahe.js';
import {
  histogramNormalization,
  histogramNormalizationV061,
} from '../../../src/processing/exposure/histogram-normalization.js';
import { multiplexPreprocess } from '../../../src/processing/exposure/multiplex-preprocess.js';
import { percentile } from '../../../src/processing/exposure/percentile.js';
import { percentileThreshold } from '../../../src/processing/exposure/percentile-threshold.js';
import { rescaleIntensity } from '../../../src/processing/exposure/rescale-intensity.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

describe('percentile', () => {
  test('interpolates between the two nearest values', () => {
    const values = Float32Array.of(4, 1, 3, 2);
    expect([0, 50, 90, 100].map((percent) => percentile(values, percent))).toEqual([1, 2.5, 3.7, 4]);
  });

  test('refuses no values and more than 100 percent', () => {
    expect(() => percentile(new Float32Array(0), 50)).toThrow('there are no values');
    expect(() => percentile(Float32Array.of(1), 101)).toThrow('101 percent; 0 to 100 is accepted');
  });
});

describe('percentileThreshold', () => {
  test('cuts off what is above the percentile of the non-zero pixels, negative ones included', () => {
    const image = { shape: [1, 2, 3, 1], data: Float32Array.of(0, -1, 1, 2, 3, 0) };
    expect([...percentileThreshold(image, { percentile: 50 }).data]).toEqual([0, -1, 1, 1.5, 1.5, 0]);
    expect(image.data[4]).toBe(3);
  });

  test('a blank channel stays 0 beside another one', () => {
    const image = { shape: [1, 1, 2, 2], data: Float32Array.of(0, 4, 0, 8) };
    expect([...percentileThreshold(image, { percentile: 0 }).data]).toEqual([0, 4, 0, 4]);
  });
});

describe('rescaleIntensity', () => {
  const image = { shape: [3], data: Float32Array.of(2, 3, 6) };

  test('stretches to the range', () => {
    expect([...rescaleIntensity(image, [0, 8]).data]).toEqual([0, 2, 8]);
  });

  test('the range "float" is 0 … 1, and −1 … 1 with negative values', () => {
    expect([...rescaleIntensity(image, 'float').data]).toEqual([0, 0.25, 1]);
    expect([...rescaleIntensity({ shape: [3], data: Float32Array.of(-2, -1, 2) }, 'float').data]).toEqual([
      -1, -0.5, 1,
    ]);
  });

  test('a constant image is limited to the range', () => {
    expect([...rescaleIntensity({ shape: [1], data: Float32Array.of(7) }, [0, 1]).data]).toEqual([1]);
  });
});

describe('equalizeAdapthist', () => {
  test('reaches from 0 to 1, keeps the order of pixels in a region that covers the image, and leaves the input', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => (i / 63) ** 3);
    const { data: result } = equalizeAdapthist({ shape: [8, 8], data }, { kernelSize: 8 });
    expect([Math.min(...result), Math.max(...result)]).toEqual([0, 1]);
    expect(data[63]).toBe(1);
  });

  test('a constant image and one cut into single pixels give ones, as in the reference', () => {
    expect([...equalizeAdapthist({ shape: [2, 2], data: new Float32Array(4).fill(0.5) }).data]).toEqual([1, 1, 1, 1]);
    const ramp = { shape: [1, 3], data: Float32Array.of(0, 0.5, 1) };
    expect([...equalizeAdapthist(ramp, { kernelSize: 1 }).data]).toEqual([1, 1, 1]);
  });

  test('an image without pixels stays so', () => {
    expect(equalizeAdapthist({ shape: [0, 2], data: new Float32Array(0) }).data).toHaveLength(0);
  });

  test('refuses a kernel that is no whole number above 0', () => {
    const image = { shape: [2, 2], data: Float32Array.of(0, 1, 0, 1) };
    expect(() => equalizeAdapthist(image, { kernelSize: 0 })).toThrow('kernelSize is 0');
    expect(() => equalizeAdapthist(image, { clipLimit: 0 })).toThrow('clipLimit is 0');
  });
});

describe('histogramNormalization', () => {
  const random = randomNumbers(2);
  const image = { shape: [1, 20, 30, 1], data: Float32Array.from({ length: 600 }, () => random() * 90 - 30) };

  test('gives 0 … 1 whatever the units', () => {
    const scaled = { shape: image.shape, data: image.data.map((value) => value * 1000) };
    const { data } = histogramNormalization(scaled);
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
  });

  test('in 0.6.1 negative values are cut off first, so that much of a centred image is flat', () => {
    const centred = { shape: image.shape, data: image.data.map((value) => value - 15) };
    const flat = (values: Float32Array): number => values.filter((value) => value === 0).length;
    expect(flat(histogramNormalizationV061(centred).data)).toBeGreaterThan(200);
    expect(flat(histogramNormalization(centred, { kernelSize: 64 }).data)).toBeLessThan(10);
  });

  test('a constant plane becomes zeros, also beside another one', () => {
    const data = Float32Array.from({ length: 512 }, (_, i) => (i % 2 === 0 ? i : 5));
    const result = histogramNormalization({ shape: [1, 16, 16, 2], data }).data;
    expect(result.filter((value, i) => i % 2 === 1 && value !== 0)).toHaveLength(0);
    expect(Math.max(...result)).toBe(1);
  });

  test('refuses ranks other than 4', () => {
    expect(() => histogramNormalization({ shape: [2, 2, 1], data: new Float32Array(4) })).toThrow('its rank must be 4');
  });
});

describe('multiplexPreprocess', () => {
  const image = { shape: [1, 4, 4, 1], data: Float32Array.from({ length: 16 }, (_, i) => i * i) };

  test('can leave out either step', () => {
    expect(multiplexPreprocess(image, { threshold: false, normalize: false })).toEqual(image);
    expect(multiplexPreprocess(image, { normalize: false, percentile: 50 })).toEqual(
      percentileThreshold(image, { percentile: 50 }),
    );
    expect(multiplexPreprocess(image, { threshold: false, kernelSize: 2 })).toEqual(
      histogramNormalization(image, { kernelSize: 2 }),
    );
  });

  test('a kernel size of null is an eighth of the image', () => {
    expect(multiplexPreprocess(image, { threshold: false, kernelSize: null })).toEqual(histogramNormalization(image));
  });
});
