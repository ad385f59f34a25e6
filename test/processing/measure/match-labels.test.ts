import { describe, expect, test } from '@jest/globals';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { AP_THRESHOLDS, matchLabels, scoreMatches } from '../../../src/processing/measure/match-labels.js';

const labels = (...values: number[]) => ndArray(Int32Array.from(values), [1, values.length]);

describe('matchLabels', () => {
  test('pairs objects by their overlap, whatever their numbers', () => {
    const match = matchLabels(labels(5, 5, 5, 5, 0, 9, 9), labels(0, 2, 2, 2, 0, 7, 7));
    expect(match.truths).toBe(2);
    expect(match.predictions).toBe(2);
    expect([...match.ious]).toEqual([0.75, 1]);
  });

  test('objects in pieces count as one', () => {
    expect([...matchLabels(labels(1, 0, 1, 1), labels(3, 3, 0, 3)).ious]).toEqual([0.5]);
  });

  test('the thresholds are those of numpy, digit by digit', () => {
    expect(AP_THRESHOLDS).toEqual([
      0.5, 0.55, 0.6000000000000001, 0.6500000000000001, 0.7000000000000002, 0.7500000000000002, 0.8000000000000003,
      0.8500000000000003, 0.9000000000000004, 0.9500000000000004,
    ]);
  });

  test('an IoU of exactly 0.5 is no hit', () => {
    const score = scoreMatches([matchLabels(labels(1, 1), labels(1, 0))]);
    expect(score).toMatchObject({ truePositives: 0, falsePositives: 1, falseNegatives: 1, f1Pooled: 0 });
    expect(score.meanAveragePrecision).toBe(0);
  });

  test('scores pool objects for one F1 and average images for the other', () => {
    const perfect = matchLabels(labels(1, 1, 2, 2, 3, 3), labels(1, 1, 2, 2, 3, 3));
    const missed = matchLabels(labels(1, 1, 1), labels(0, 0, 0));
    const score = scoreMatches([perfect, missed]);
    expect(score).toMatchObject({ images: 2, objects: 4, truePositives: 3, falsePositives: 0, falseNegatives: 1 });
    expect(score.f1Pooled).toBeCloseTo(6 / 7, 12);
    expect(score.f1ImageMean).toBe(0.5);
    expect(score.meanAveragePrecision).toBe(0.5);
  });

  test('average precision counts a hit below each threshold that its IoU exceeds', () => {
    // IoU 0.75 exceeds 0.50 … 0.70: five of ten thresholds.
    const match = matchLabels(labels(1, 1, 1, 1), labels(0, 1, 1, 1));
    expect(scoreMatches([match]).meanAveragePrecision).toBe(0.5);
  });

  test('an image without objects on either side counts as found', () => {
    const empty = matchLabels(labels(0, 0), labels(0, -1));
    expect(scoreMatches([empty])).toMatchObject({ f1ImageMean: 1, meanAveragePrecision: 1, f1Pooled: 0, objects: 0 });
    expect(scoreMatches([])).toMatchObject({ images: 0, f1ImageMean: 0 });
  });

  test('refuses images of different shapes', () => {
    expect(() => matchLabels(labels(1), labels(1, 2))).toThrow(
      'matchLabels: a prediction of shape (1, 2) for a truth of (1, 1)',
    );
  });
});
