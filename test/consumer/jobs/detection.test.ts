import { describe, expect, test } from '@jest/globals';
import { detectLabel, detectScale } from '../../../src/consumer/jobs/detection.js';
import { ndArray, type ModelDescription, type PredictClient, type Tensor } from '../../../src/index.js';
import { TEST_CONSUMER_SETTINGS } from '../../../src/testing/settings.js';

const model: ModelDescription = {
  id: { name: 'Detector', version: '1' },
  inputs: [{ name: 'image', dtype: 'float32', shape: [-1, 16, 16, 1] }],
  outputs: [],
  card: undefined,
};
const image = ndArray(new Float32Array(40 * 40).fill(1), [1, 40, 40, 1]);

/** Answers each tile with the vector of its number. */
function client(vectorOf: (tile: number) => number[]): PredictClient {
  let tile = 0;
  const predict = async (_model: unknown, inputs: Readonly<Record<string, Tensor>>) => {
    const items = inputs.image!.shape[0]!;
    const vectors = Array.from({ length: items }, () => vectorOf(tile++));
    return {
      answer: {
        dtype: 'float32' as const,
        shape: [items, vectors[0]!.length],
        data: Float32Array.from(vectors.flat()),
      },
    };
  };
  return {
    address: 'test:',
    predict,
    describe: async () => model,
    ping: async () => undefined,
    close: async () => undefined,
  };
}

function request(vectorOf: (tile: number) => number[]) {
  return { client: client(vectorOf), model, image, settings: TEST_CONSUMER_SETTINGS, predict: {} };
}

describe('detection', () => {
  test('takes the mean over all tiles for the scale', async () => {
    // Nine tiles of 16 cover 40 pixels a side: five even, four odd.
    expect(await detectScale(request((tile) => [tile % 2 === 0 ? 0.5 : 1.5]))).toBeCloseTo((5 * 0.5 + 4 * 1.5) / 9, 5);
  });

  test('takes the class of the highest mean score for the label', async () => {
    expect(await detectLabel(request((tile) => (tile === 0 ? [1, 0, 0] : [0.1, 0.2, 0.7])))).toBe(2);
  });

  test.each([0, -1, Number.NaN, Infinity])('refuses a scale of %s', async (scale) => {
    await expect(detectScale(request(() => [scale]))).rejects.toMatchObject({ code: 'KC_MODEL_OUTPUT' });
  });
});
