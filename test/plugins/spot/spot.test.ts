import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import findSpots from '../../../plugins/spot/kernels/find-spots.js';
import saveSpots from '../../../plugins/spot/kernels/save-spots.js';
import { drawRings } from '../../../plugins/spot/rings.js';
import { chooseSelection } from '../../../plugins/spot/selection.js';
import { ndArray, writeTiff, type FloatArray, type Job } from '../../../src/index.js';
import { TEST_CONSUMER_SETTINGS } from '../../../src/testing/settings.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

function job(fields: Record<string, string>): Job {
  return { key: 'spot:x', fields, attempt: 1, signal: new AbortController().signal };
}

describe('which pixels are spots', () => {
  const choose = (fields: Record<string, string>, options: Record<string, unknown> = {}) =>
    chooseSelection(job(fields), options, TEST_CONSUMER_SETTINGS);

  test('is said by the job before the options before the settings', () => {
    expect(choose({})).toEqual({ mode: 'max', threshold: 0.95, minDistance: 1 });
    expect(choose({}, { mode: 'cc', threshold: 0.5, minDistancePx: 3 })).toEqual({
      mode: 'cc',
      threshold: 0.5,
      minDistance: 3,
    });
    expect(choose({ postprocess_options: '{"threshold": "0.7"}' }, { threshold: 0.5 }).threshold).toBe(0.7);
  });

  test('is refused where it is not understood', () => {
    expect(() => choose({ postprocess_options: '{"distance": 2}' })).toThrow(/no parameter "distance"/);
  });
});

describe('the spots of a model’s answer', () => {
  const selection = { mode: 'all', threshold: 0.5, minDistance: 1 } as const;

  function heads(probability: number): FloatArray[] {
    const classification = new Float32Array(2 * 4 * 4);
    classification[2 * (4 + 2) + 1] = probability;
    return [ndArray(classification, [1, 4, 4, 2]), ndArray(new Float32Array(2 * 4 * 4), [1, 4, 4, 2])];
  }

  test('lie at pixel centres of the image as it came', () => {
    expect([...findSpots({ heads: heads(0.9), selection, size: [4, 4] })[0]!.data]).toEqual([1, 2]);
    // Twice as many pixels: the centre of pixel 1 lies between pixels 2 and 3.
    expect([...findSpots({ heads: heads(0.9), selection, size: [8, 8] })[0]!.data]).toEqual([2.5, 4.5]);
  });

  test('are refused from heads that are not those of a spot model', () => {
    expect(() => findSpots({ heads: heads(0.9).slice(0, 1), selection, size: [4, 4] })).toThrow(/\(1, 4, 4, 2\)/);
    expect(() => findSpots({ heads: heads(3), selection, size: [4, 4] })).toThrow(/outside 0 … 1/);
  });
});

describe('the picture', () => {
  test('has rings that are cut off at its borders', () => {
    const picture = new Uint8Array(3 * 10 * 10);
    drawRings(picture, [10, 10], ndArray(Float64Array.of(0, 0, -30, 4), [2, 2]));
    const lit = Array.from({ length: 100 }, (_, pixel) => picture[3 * pixel] === 255);
    expect(lit[4]).toBe(true);
    expect(lit[40]).toBe(true);
    expect(lit.filter(Boolean).length).toBeLessThan(12);
  });
});

test('a table gives x before y, and stands beside picture and array', async () => {
  const folder = await temporaryFolder();
  try {
    const file = join(folder.path, 'image.tif');
    await writeTiff(file, ndArray(new Uint8Array(64).fill(3), [8, 8]));
    const saved = await saveSpots({
      spots: [ndArray(Float64Array.of(1.25, 2.5), [1, 2])],
      image: { file, limits: TEST_CONSUMER_SETTINGS.limits, dimensionOrder: undefined, channels: undefined },
      csv: true,
      folder: folder.path,
    });
    expect(saved.map(({ suffix }) => suffix)).toEqual(['_0.tif', '_0.npy', '_0.csv']);
    expect(await readFile(saved[2]!.file, 'utf8')).toBe('x,y\n2.5,1.25\n');
  } finally {
    await folder.remove();
  }
});
