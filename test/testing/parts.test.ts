import { describe, expect, test } from '@jest/globals';
import {
  drawNuclei,
  expectF1,
  expectSameLabels,
  f1Score,
  gradientImage,
  labelDifference,
  Mismatch,
  noiseImage,
  testModel,
} from '../../src/testing/index.js';
import { labelImage } from '../support/draw-image.js';

describe('label images', () => {
  const truth = labelImage('1 1 . 2', '1 1 . 2');

  test('are the same however they are numbered', () => {
    expect(labelDifference(truth, labelImage('7 7 . 3', '7 7 . 3'))).toBeUndefined();
    expect(() => expectSameLabels(truth, labelImage('2 2 . 1', '2 2 . 1'))).not.toThrow();
  });

  test.each([
    [labelImage('1 1 . 1', '1 1 . 1'), 'at (0, 3) label 2 is expected and 1 found'],
    [labelImage('1 1 . 2', '3 3 . 2'), 'at (1, 0) label 1 is expected and 3 found'],
    [labelImage('1 1 . 2', '1 1 2 2'), 'at (1, 2) label 0 is expected and 2 found'],
    [labelImage('1 1 . 2'), 'the shapes are (2, 4) and (1, 4)'],
  ])('that differ are told apart, with the first place', (found, difference) => {
    expect(labelDifference(truth, found)).toBe(difference);
    expect(() => expectSameLabels(truth, found)).toThrow(Mismatch);
  });

  test('are scored by F1 at an IoU', () => {
    const found = labelImage('1 1 . .', '1 . . .');
    expect(f1Score(truth, found)).toBeCloseTo(2 / 3);
    expect(f1Score(truth, found, 0.8)).toBe(0);
    expect(f1Score(labelImage('. .'), labelImage('. .'))).toBe(1);
    expect(() => expectF1(truth, found, 0.9)).toThrow(
      'F1 at IoU 0.5 is 0.667, at least 0.9 is expected; 2 objects are there, 1 were found.',
    );
    expect(() => f1Score(truth, found, 0.3)).toThrow(RangeError);
  });
});

describe('images', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(drawNuclei(40, 80, 1)).toEqual(drawNuclei(40, 80, 1));
    expect(drawNuclei(40, 80, 1)).not.toEqual(drawNuclei(40, 80, 2));
    expect(noiseImage(8, 8, 1)).toEqual(noiseImage(8, 8, 1));
    expect(noiseImage(8, 8, 1)).not.toEqual(noiseImage(8, 8, 2));
  });

  test('of nuclei come with as many labels as there are nuclei', () => {
    const { image, labels } = drawNuclei(80, 120);
    expect(new Set(labels.data)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect([...image.data].filter((value, i) => labels.data[i] === 0 && value >= 310)).toEqual([]);
  });

  test('of a gradient rise from the first column to the last', () => {
    expect([...gradientImage(1, 3, 10).data]).toEqual([0, 5, 10]);
    expect([...gradientImage(2, 1, 10).data]).toEqual([0, 0]);
  });
});

describe('a model of a test', () => {
  test('answers any name, and says of each output what its array is', async () => {
    const model = testModel({ predict: () => ({ out: { shape: [1, 1], data: new Uint16Array([3]) } }) });
    await expect(model.describe({ name: 'any', version: undefined })).resolves.toMatchObject({ id: { version: '1' } });
    await expect(model.predict({ name: 'any', version: '2' }, {})).resolves.toMatchObject({ out: { dtype: 'uint16' } });
  });

  test('is refused with a card that does not fit its schema', () => {
    const card = { format: 1, heads: 3 } as never;
    expect(() => testModel({ card, predict: () => ({}) })).toThrow(/the card of the test model/);
  });
});
