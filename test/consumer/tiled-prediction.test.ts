import { describe, expect, test } from '@jest/globals';
import { predictTiled } from '../../src/consumer/tiled-prediction.js';
import type { ModelCard, ModelDescription, PredictClient, Tensor } from '../../src/models/contract.js';
import { ndArray, type FloatArray } from '../../src/processing/array/nd-array.js';

/** How far the model under test looks. */
const REACH = 2;

/** A model with a known receptive field: sums over a (2 · REACH + 1)² window, zeros outside the tile; second head: the input times ten. */
class WindowSumModel implements PredictClient {
  readonly address = 'test:';
  readonly batches: number[] = [];
  readonly tiles: string[] = [];
  constructor(private readonly spoil?: (outputs: Record<string, Tensor>) => Record<string, Tensor>) {}

  async predict(_model: unknown, inputs: Readonly<Record<string, Tensor>>) {
    const { shape, data } = inputs.image!;
    this.batches.push(shape[0]!);
    this.tiles.push(`${shape[1]}x${shape[2]}`);
    const sums = windowSums({ shape, data: data as Float32Array });
    const tens = Float32Array.from(data as Float32Array, (value) => 10 * value);
    const outputs: Record<string, Tensor> = {
      prediction_10: { dtype: 'float32', shape, data: tens },
      prediction_2: { dtype: 'float32', shape, data: sums },
    };
    return this.spoil ? this.spoil(outputs) : outputs;
  }
  describe(): Promise<ModelDescription> {
    throw new TypeError('not asked in these tests');
  }
  async ping() {}
  async close() {}
}

function windowSums({ shape, data }: FloatArray): Float32Array {
  const [items, rows, columns] = shape as [number, number, number];
  const sums = new Float32Array(data.length);
  for (let item = 0; item < items; item++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y++) {
          for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x++) {
            sum += data[(item * rows + y) * columns + x]!;
          }
        }
        sums[(item * rows + row) * columns + column] = sum;
      }
    }
  }
  return sums;
}

function model(inputShape: readonly number[], tiling?: ModelCard['tiling']): ModelDescription {
  const card: ModelCard | undefined = tiling && { format: 1, tiling };
  return {
    id: { name: 'Sum', version: '1' },
    inputs: [{ name: 'image', dtype: 'float32', shape: inputShape }],
    outputs: [],
    card,
  };
}

/** Whole numbers, so that sums are exact in float32. */
function image(items: number, rows: number, columns: number, channels = 1): FloatArray {
  const size = items * rows * columns * channels;
  return ndArray(
    Float32Array.from({ length: size }, (_, i) => (i * 7919) % 251),
    [items, rows, columns, channels],
  );
}

async function predict(client: PredictClient, description: ModelDescription, input: FloatArray, maxBatchSize = 4) {
  return await predictTiled({
    client,
    model: description,
    images: [input],
    maxBatchSize,
    minModelSize: 16,
    predict: {},
  });
}

describe('predictTiled', () => {
  test.each([
    ['fixed size, larger image', [-1, 16, 16, 1], { halo: REACH }],
    ['fixed size, tiles on a grid', [-1, 32, 24, 1], { halo: 4, multipleOf: 4 }],
    ['any size, tiles asked for', [-1, -1, -1, 1], { halo: REACH, size: [20, 28] as [number, number] }],
  ])('gives what the model gives to the whole image: %s', async (_name, shape, tiling) => {
    // On the grid of 4 where a fixed-size model needs it: beyond the border it would see mirrored pixels.
    const input = image(2, 60, 48);
    const [sums, tens] = await predict(new WindowSumModel(), model(shape, tiling), input);
    expect(sums!.shape).toEqual([2, 60, 48, 1]);
    expect(Buffer.from(sums!.data.buffer).equals(Buffer.from(windowSums(input).buffer))).toBe(true);
    expect(tens!.data[100]).toBe(10 * input.data[100]!);
  });

  test('sends an image of the size of the model, or of any size, as it is', async () => {
    const client = new WindowSumModel();
    await predict(client, model([-1, 16, 16, 1]), image(1, 16, 16));
    await predict(client, model([-1, -1, -1, 1]), image(1, 33, 21));
    expect(client.tiles).toEqual(['16x16', '33x21']);
  });

  test('mirrors an image that is smaller on one axis and tiles the other', async () => {
    const client = new WindowSumModel();
    const input = image(1, 5, 40);
    const [sums, tens] = await predict(client, model([-1, 16, 16, 1], { halo: REACH }), input);
    expect(sums!.shape).toEqual([1, 5, 40, 1]);
    expect([...tens!.data]).toEqual(Array.from(input.data, (value) => 10 * value));
    expect(new Set(client.tiles)).toEqual(new Set(['16x16']));
  });

  test('fades tiles into each other with weights that sum to 1 where the receptive field is not known', async () => {
    const flat = ndArray(new Float32Array(50 * 50).fill(3), [1, 50, 50, 1]);
    const [, tens] = await predict(new WindowSumModel(), model([-1, 16, 16, 1]), flat);
    expect(Math.max(...tens!.data.map((value) => Math.abs(value - 30)))).toBeLessThan(1e-4);
  });

  test('keeps batches within the limit, and sends smaller ones for larger tiles', async () => {
    const client = new WindowSumModel();
    await predict(client, model([-1, 16, 16, 1], { halo: REACH }), image(1, 61, 47), 4);
    expect(Math.max(...client.batches)).toBe(4);
    const large = new WindowSumModel();
    await predict(large, model([-1, 64, 64, 1], { halo: REACH }), image(1, 100, 100), 4);
    expect(Math.max(...large.batches)).toBe(1);
  });

  test('refuses a wrong number of channels, naming both and the way out', async () => {
    await expect(predict(new WindowSumModel(), model([-1, 16, 16, 1]), image(1, 16, 16, 3))).rejects.toMatchObject({
      code: 'KC_MODEL_INPUT',
      message: 'The image has 3 channels; model Sum:1 takes 1.',
      facts: { hint: expect.stringContaining('channels') },
    });
  });

  test('refuses NaN and wrong shapes in the answer', async () => {
    const withNaN = new WindowSumModel((outputs) => {
      outputs.prediction_2!.data[5] = Number.NaN;
      return outputs;
    });
    await expect(predict(withNaN, model([-1, -1, -1, 1]), image(1, 8, 8))).rejects.toMatchObject({
      code: 'KC_MODEL_OUTPUT',
      message: expect.stringContaining('NaN'),
    });
    const halved = new WindowSumModel(() => ({
      prediction: { dtype: 'float32', shape: [1, 4, 8, 1], data: new Float32Array(32) },
    }));
    await expect(predict(halved, model([-1, -1, -1, 1]), image(1, 8, 8))).rejects.toMatchObject({
      code: 'KC_MODEL_OUTPUT',
    });
  });

  test('leaves the image as it was', async () => {
    const input = image(1, 40, 40);
    const before = Float32Array.from(input.data);
    await predict(new WindowSumModel(), model([-1, 16, 16, 1]), input);
    expect(input.data).toEqual(before);
  });
});
