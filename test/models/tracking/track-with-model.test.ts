import { describe, expect, test } from '@jest/globals';
import type { Tensor } from '../../../src/models/contract.js';
import { encodeCells } from '../../../src/models/tracking/encode-cells.js';
import { pairScorer, type PairScorer } from '../../../src/models/tracking/score-pairs.js';
import { trackWithModel } from '../../../src/models/tracking/track-with-model.js';
import { lineageFaults } from '../../../src/processing/tracking/lineage.js';
import { cellFeatures } from '../../../src/processing/tracking/features/cell-features.js';
import { scoreLinks } from '../../../src/processing/tracking/score/score-links.js';
import { filmOf } from '../../processing/tracking/film.js';
import { makeTimeLapse } from '../../support/time-lapse.js';
import {
  compareVectors,
  encode,
  ENCODER_INPUTS,
  INFERENCE_INPUTS,
  info,
  judgePairs,
  pairInputs,
} from './fake-models.js';

const film = makeTimeLapse({ seed: 2, frames: 14, side: 200, cells: 18 });
const features = cellFeatures(film.truth.labels, film.raw, { appearancePx: 16, neighbourhoodPx: 31 });

async function expectGood(scorer: PairScorer): Promise<void> {
  const tracking = await trackWithModel(film.truth.labels, features.film, scorer);
  const { links, divisions } = scoreLinks(film.truth, tracking);
  expect(links.right / links.total).toBeGreaterThan(0.97);
  expect(divisions.found).toBeGreaterThanOrEqual(divisions.total - 2);
  expect(lineageFaults(tracking.tracks, 14)).toEqual([]);
}

describe('trackWithModel', () => {
  test('follows cells by a model that is shown pictures, steps, neighbourhoods and sizes of a window of frames', async () => {
    const scorer = pairScorer({ inputs: pairInputs(7), predict: judgePairs, tables: features });
    expect(scorer.trackLength).toBe(7);
    await expectGood(scorer);
  });

  test('follows cells by an encoder and a model that compares its vectors', async () => {
    const embedding = await encodeCells({ inputs: ENCODER_INPUTS, predict: encode, features });
    expect(embedding.shape).toEqual([features.film.cells.length, 5]);
    const tables = { embedding, centroid: features.centroid };
    await expectGood(pairScorer({ inputs: INFERENCE_INPUTS, predict: compareVectors, tables }));
  });

  test('shows no more pairs at once than it may, and none that are too far apart', async () => {
    const sizes: number[] = [];
    const predict = async (inputs: Readonly<Record<string, Tensor>>) => {
      sizes.push(inputs['input0']!.shape[0]!);
      return await judgePairs(inputs);
    };
    const scorer = pairScorer({ inputs: pairInputs(3), predict, tables: features, batchSize: 20 });
    await trackWithModel(film.truth.labels, features.film, scorer, { maxDistancePx: 15 });
    const near = sizes.reduce((sum, size) => sum + size, 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
    sizes.length = 0;
    await trackWithModel(film.truth.labels, features.film, scorer, { maxDistancePx: 60 });
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(2 * near);
  });

  test('keeps a track open while its cell is missing', async () => {
    const here = [{ label: 1, row: 30, column: 30 }];
    const { labels, raw } = filmOf([here, [], [], here, here]);
    const own = cellFeatures(labels, raw, { appearancePx: 16, neighbourhoodPx: 31 });
    const scorer = pairScorer({ inputs: pairInputs(3), predict: judgePairs, tables: own });
    expect((await trackWithModel(labels, own.film, scorer)).tracks).toMatchObject([{ frames: [0, 3, 4] }]);
    const shorter = await trackWithModel(labels, own.film, scorer, { maxGapFrames: 1 });
    expect(shorter.tracks).toMatchObject([{ frames: [0] }, { frames: [3, 4] }]);
  });

  test('stops at the signal', async () => {
    const scorer = pairScorer({ inputs: pairInputs(3), predict: judgePairs, tables: features });
    const signal = AbortSignal.abort(new RangeError('enough'));
    await expect(trackWithModel(film.truth.labels, features.film, scorer, { signal })).rejects.toThrow('enough');
  });
});

describe('pairScorer', () => {
  test('shows a short track as at rest before, and the step to the candidate', async () => {
    let shown: Readonly<Record<string, Tensor>> = {};
    const predict = async (inputs: Readonly<Record<string, Tensor>>) => {
      shown = inputs;
      return await Promise.resolve({
        prediction: { dtype: 'float32' as const, shape: [1, 3], data: Float32Array.of(0.1, 0.7, 0.2) },
      });
    };
    const centroid = { shape: [3, 2], data: Float32Array.of(10, 20, 11, 22, 14, 21) };
    const inputs = [info('b', -1, 1, 2), info('a', -1, 4, 2)];
    const scorer = pairScorer({ inputs, predict, tables: { centroid } });
    const [score] = await scorer.score([{ history: [0, 1], candidate: 2 }]);
    expect(score!.same).toBeCloseTo(0.7);
    expect(score!.daughter).toBeCloseTo(0.2);
    expect(shown['a']).toEqual({ dtype: 'float32', shape: [1, 4, 2], data: Float32Array.of(0, 0, 0, 0, 0, 0, 1, 2) });
    expect(shown['b']).toEqual({ dtype: 'float32', shape: [1, 1, 2], data: Float32Array.of(3, -1) });
  });

  test('takes the settings for the length of a track where the model leaves it open', () => {
    const inputs = [info('a', -1, -1, 2), info('b', -1, -1, 2)];
    expect(pairScorer({ inputs, predict: judgePairs, tables: {}, trackLength: 5 }).trackLength).toBe(5);
  });

  test.each([
    ['an image', [info('image', -1, 128, 128, 1)], '"image" of shape (-1, 128, 128, 1) is no feature of cells'],
    ['one of a pair', [info('a', -1, 4, 2)], 'there are 1 inputs for the way'],
    ['a candidate of several frames', [info('a', -1, 4, 2), info('b', -1, 4, 2)], '"b" wants a candidate of 4 frames'],
  ])('refuses a model of %s', (_, inputs, message) => {
    expect(() => pairScorer({ inputs, predict: judgePairs, tables: {} })).toThrow(message);
  });

  test('refuses features of another size, and answers that are no probabilities', async () => {
    const pairs = [{ history: [0], candidate: 0 }];
    const inputs = [info('a', -1, 1, 4, 4, 1), info('b', -1, 1, 4, 4, 1)];
    const appearance = { shape: [1, 2, 2], data: new Float32Array(4) };
    const wrong = pairScorer({ inputs, predict: judgePairs, tables: { appearance } });
    await expect(wrong.score(pairs)).rejects.toMatchObject({ code: 'KC_MODEL_INPUT' });
    const answers: Record<string, Tensor>[] = [
      {},
      { prediction: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0, 1) } },
      { prediction: { dtype: 'float32', shape: [1, 3], data: Float32Array.of(0, NaN, 1) } },
    ];
    for (const answer of answers) {
      const centroid = { shape: [1, 2], data: new Float32Array(2) };
      const scorer = pairScorer({
        inputs: [info('a', -1, 1, 2), info('b', -1, 1, 2)],
        predict: async () => await Promise.resolve(answer),
        tables: { centroid },
      });
      await expect(scorer.score(pairs)).rejects.toMatchObject({ code: 'KC_MODEL_OUTPUT' });
    }
  });
});

describe('encodeCells', () => {
  test('fills up to a fixed number of cells, and refuses more', async () => {
    const { labels, raw } = filmOf([
      [
        { label: 1, row: 30, column: 30 },
        { label: 2, row: 60, column: 60 },
      ],
      [],
    ]);
    const own = cellFeatures(labels, raw, { appearancePx: 16, neighbourhoodPx: 0 });
    const fixed = (cells: number) =>
      ENCODER_INPUTS.map(({ name, shape }) =>
        info(name, ...shape.map((side, axis) => (axis > 0 && side < 0 ? cells : side))),
      );
    const vectors = await encodeCells({ inputs: fixed(4), predict: encode, features: own, neighbourDistancePx: 50 });
    expect(vectors.shape).toEqual([2, 5]);
    // Both are neighbours of each other and of themselves.
    expect([vectors.data[4], vectors.data[9]]).toEqual([2, 2]);
    await expect(encodeCells({ inputs: fixed(1), predict: encode, features: own })).rejects.toThrow(
      'A frame has 2 cells; the input "encoder_app_input" takes 1.',
    );
  });

  test('refuses other inputs, sizes and answers', async () => {
    const ask = async (inputs: Parameters<typeof encodeCells>[0]['inputs'], predict = encode) =>
      await encodeCells({ inputs, predict, features });
    await expect(ask([info('image', -1, 128, 128, 1)])).rejects.toMatchObject({ code: 'KC_MODEL_INPUT' });
    await expect(ask([info('app', -1, -1, 32, 32, 1)])).rejects.toThrow('takes 1024 values of a cell, not 256');
    const nothing = async () => await Promise.resolve({});
    await expect(ask(ENCODER_INPUTS, nothing)).rejects.toMatchObject({ code: 'KC_MODEL_OUTPUT' });
  });
});
