import { describe, expect, test } from '@jest/globals';
import { predictVolumes } from '../../src/consumer/volume-prediction.js';
import type { ModelDescription, PredictClient, Tensor } from '../../src/models/contract.js';
import { ndArray, type FloatArray } from '../../src/processing/array/nd-array.js';
import { foldPlanes, unfoldPlanes } from '../../src/processing/transform/fold-planes.js';

/** Sums the plane above, the plane itself and the one below: looks one plane far. */
class NeighbourSum implements PredictClient {
  readonly address = 'test:';
  readonly shapes: string[] = [];
  constructor(private readonly flat = false) {}

  async predict(_model: unknown, inputs: Readonly<Record<string, Tensor>>) {
    const { shape, data } = inputs.image! as Tensor & { data: Float32Array };
    this.shapes.push(shape.join());
    const [items, planes, ...plane] = shape as [number, number, ...number[]];
    const size = plane.reduce((a, b) => a * b, 1);
    const sums = data.map((value, i) => {
      const z = Math.floor(i / size) % planes;
      return value + (z > 0 ? data[i - size]! : 0) + (z < planes - 1 ? data[i + size]! : 0);
    });
    const answer: Tensor = { dtype: 'float32', shape: this.flat ? [items * planes, ...plane] : shape, data: sums };
    return { sums: answer };
  }
  describe(): Promise<ModelDescription> {
    throw new TypeError('not asked in these tests');
  }
  async ping() {}
  async close() {}
}

function stack(items: number, planes: number, rows: number, columns: number, channels = 1): FloatArray {
  const size = items * planes * rows * columns * channels;
  return ndArray(
    Float32Array.from({ length: size }, (_, i) => (i * 7919) % 251),
    [items, planes, rows, columns, channels],
  );
}

async function predict(client: PredictClient, shape: readonly number[], image: FloatArray): Promise<FloatArray> {
  const model: ModelDescription = {
    id: { name: 'Volumes', version: '1' },
    inputs: [{ name: 'image', dtype: 'float32', shape }],
    outputs: [],
    card: { format: 1, tiling: { halo: 0 } },
  };
  const [head] = await predictVolumes({
    client,
    model,
    images: [image],
    maxBatchSize: 4,
    minModelSize: 16,
    predict: {},
  });
  return head!;
}

describe('volumes', () => {
  test('go whole to a model of any number of planes', async () => {
    const client = new NeighbourSum();
    const image = stack(2, 5, 8, 6, 2);
    const result = await predict(client, [-1, -1, -1, -1, 2], image);
    const whole = (await new NeighbourSum().predict({}, { image: { dtype: 'float32', ...image } })).sums;
    expect(result.shape).toEqual([2, 5, 8, 6, 2]);
    expect(result.data).toEqual(whole.data);
    expect(client.shapes).toEqual(['1,5,8,6,2', '1,5,8,6,2']);
  });

  test('are cut into windows of the planes that a model takes, and into tiles', async () => {
    const client = new NeighbourSum();
    const image = stack(1, 20, 24, 24);
    const result = await predict(client, [-1, 8, 16, 16, 1], image);
    const whole = (await new NeighbourSum().predict({}, { image: { dtype: 'float32', ...image } })).sums;
    expect(result.shape).toEqual([1, 20, 24, 24, 1]);
    expect(result.data).toEqual(whole.data);
    expect(client.shapes.every((shape) => shape.endsWith('8,16,16,1'))).toBe(true);
  });

  test('of fewer planes than the model takes are mirrored', async () => {
    const result = await predict(new NeighbourSum(), [-1, 4, -1, -1, 1], stack(1, 1, 4, 4));
    expect(result.data).toEqual(stack(1, 1, 4, 4).data.map((value) => 3 * value));
  });

  test('are refused from a model that answers something else', async () => {
    await expect(predict(new NeighbourSum(true), [-1, -1, -1, -1, 1], stack(1, 3, 4, 4))).rejects.toMatchObject({
      code: 'KC_MODEL_OUTPUT',
      message: 'Output "sums" has shape (3, 4, 4, 1), expected (batch, 3, rows, columns, channels).',
    });
    const flat = ndArray(new Float32Array(16), [1, 4, 4, 1]);
    await expect(predict(new NeighbourSum(), [-1, -1, -1, -1, 1], flat)).rejects.toMatchObject({
      code: 'KC_MODEL_INPUT',
    });
  });
});

describe('planes as channels', () => {
  test('vary slower than the channels they hold, and come back', () => {
    const volume = stack(2, 3, 4, 5, 2);
    const folded = foldPlanes(volume);
    expect(folded.shape).toEqual([2, 4, 5, 6]);
    // Item 0, row 0, column 0: planes 0, 1, 2 of two channels each.
    expect([...folded.data.subarray(0, 6)]).toEqual([0, 1, 40, 41, 80, 81].map((index) => volume.data[index]));
    expect(unfoldPlanes(folded, 3)).toEqual(volume);
    expect(() => unfoldPlanes(folded, 4)).toThrow('6 channels are not those of 4 planes');
  });
});
