import { describe, expect, test } from '@jest/globals';
import { predictDetections } from '../../src/consumer/detection-prediction.js';
import type { ModelCard, ModelDescription, PredictClient, Tensor } from '../../src/models/contract.js';
import { ndArray, type FloatArray } from '../../src/processing/array/nd-array.js';

const MOST = 6;
const BOX = 4;

/**
 * Finds every pixel of its tile that is above 0: a box of 4 pixels around it, its value for a score. Beside that a
 * semantic map, the tile itself.
 */
class PointDetector implements PredictClient {
  readonly address = 'test:';
  readonly batches: number[] = [];
  constructor(private readonly spoil: (outputs: Record<string, Tensor>) => Record<string, Tensor> = (same) => same) {}

  async predict(_model: unknown, inputs: Readonly<Record<string, Tensor>>) {
    const { shape, data } = inputs.image!;
    const [items, rows, columns] = shape as [number, number, number];
    this.batches.push(items);
    const boxes = new Float32Array(items * MOST * 4).fill(-1);
    const scores = new Float32Array(items * MOST).fill(-1);
    for (let item = 0; item < items; item++) {
      let found = 0;
      for (let pixel = 0; pixel < rows * columns && found < MOST; pixel++) {
        const value = Number(data[item * rows * columns + pixel]);
        if (value <= 0) continue;
        const [x, y] = [pixel % columns, Math.floor(pixel / columns)];
        boxes.set([x - BOX / 2, y - BOX / 2, x + BOX / 2, y + BOX / 2], 4 * (item * MOST + found));
        scores[item * MOST + found++] = value;
      }
    }
    const tensor = (own: Float32Array, ownShape: number[]): Tensor => ({
      dtype: 'float32',
      shape: ownShape,
      data: own,
    });
    return this.spoil({
      a_other: tensor(new Float32Array(items * 9), [items, 9, 1]),
      boxes: tensor(boxes, [items, MOST, 4]),
      c_scores: tensor(scores, [items, MOST]),
      d_labels: tensor(new Float32Array(items * MOST), [items, MOST]),
      e_masks: tensor(new Float32Array(items * MOST * 4).fill(1), [items, MOST, 2, 2, 1]),
      f_semantic: tensor(Float32Array.from(data as Float32Array), [items, rows, columns, 1]),
    });
  }
  describe(): Promise<ModelDescription> {
    throw new TypeError('not asked in these tests');
  }
  async ping() {}
  async close() {}
}

function predict(client: PredictClient, side: number, image: FloatArray, heads?: readonly string[]) {
  const card: ModelCard = { format: 1, tiling: { halo: 4 }, ...(heads && { heads }) };
  const model: ModelDescription = {
    id: { name: 'Detector', version: '1' },
    inputs: [{ name: 'image', dtype: 'float32', shape: [-1, side, side, 1] }],
    outputs: [],
    card,
  };
  return predictDetections({ client, model, images: [image], maxBatchSize: 4, minModelSize: 16, predict: {} });
}

/** Images of points, each (row, column) with its score. */
function points(
  rows: number,
  columns: number,
  ...images: (readonly (readonly [number, number, number])[])[]
): FloatArray {
  const data = new Float32Array(images.length * rows * columns);
  for (const [item, list] of images.entries()) {
    for (const [row, column, score] of list) data[(item * rows + row) * columns + column] = score;
  }
  return ndArray(data, [images.length, rows, columns, 1]);
}

/** The middles of all boxes whose score is above 0, as (row, column, score). */
function middles([boxes, scores]: FloatArray[], item: number): number[][] {
  const count = scores!.shape[1]!;
  return Array.from({ length: count }, (_, i) => item * count + i)
    .filter((i) => scores!.data[i]! > 0)
    .map((i) => {
      const [x1, y1, x2, y2] = [...boxes!.data.subarray(4 * i, 4 * i + 4)] as [number, number, number, number];
      return [(y1 + y2) / 2, (x1 + x2) / 2, scores!.data[i]!];
    })
    .toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
}

describe('detections of whole images', () => {
  test('are what the model answers where the image is of its size', async () => {
    const image = points(16, 16, [[3, 4, 0.5]]);
    const heads = await predict(new PointDetector(), 16, image);
    const alone = await new PointDetector().predict({}, { image: { dtype: 'float32', ...image } });
    expect(heads.map(({ shape }) => shape.join())).toEqual(['1,6,4', '1,6', '1,6', '1,6,2,2,1', '1,16,16,1']);
    expect(heads.map(({ data }) => [...data])).toEqual(
      ['boxes', 'c_scores', 'd_labels', 'e_masks', 'f_semantic'].map((name) => [
        ...(alone[name]!.data as Float32Array),
      ]),
    );
  });

  test('of a tiled image lie where they lie in the image, each once', async () => {
    const all = [
      [2, 2, 0.5],
      [15, 16, 0.75],
      [20, 20, 0.25],
      [39, 39, 1],
    ] as const;
    const client = new PointDetector();
    const heads = await predict(client, 24, points(40, 40, all, [[0, 39, 0.5]]));
    expect(client.batches.length).toBeGreaterThan(1);
    expect(middles(heads, 0)).toEqual(all.map((point) => [...point]));
    expect(middles(heads, 1)).toEqual([[0, 39, 0.5]]);
    expect(heads[4]!.data).toEqual(points(40, 40, all, [[0, 39, 0.5]]).data);
  });

  test('of an image smaller than the model are not those of its mirrored surroundings', async () => {
    const heads = await predict(new PointDetector(), 24, points(10, 10, [[1, 1, 0.5]]));
    expect(middles(heads, 0)).toEqual([[1, 1, 0.5]]);
  });

  test('come in the order that the card names', async () => {
    const names = ['f_semantic', 'boxes', 'c_scores', 'd_labels', 'e_masks'];
    const heads = await predict(new PointDetector(), 16, points(16, 16, []), names);
    expect(heads.map(({ shape }) => shape.length)).toEqual([4, 3, 2, 2, 5]);
  });

  test.each<[string, (outputs: Record<string, Tensor>) => Record<string, Tensor>, RegExp]>([
    ['no masks', ({ f_semantic }) => ({ f_semantic: f_semantic! }), /boxes \(batch, N, 4\), scores/],
    [
      'boxes of three numbers',
      (outputs) => ({ ...outputs, boxes: { ...outputs.boxes!, shape: [1, 8, 3] } }),
      /boxes \(1, 8, 3\)/,
    ],
    [
      'NaN',
      (outputs) => ({ ...outputs, c_scores: { ...outputs.c_scores!, data: new Float32Array(MOST).fill(NaN) } }),
      /"c_scores" holds NaN/,
    ],
    [
      'a box without bound',
      (outputs) => ({
        ...outputs,
        boxes: { ...outputs.boxes!, data: Float32Array.from({ length: 24 }, (_, i) => (i === 2 ? 1e9 : 0)) },
      }),
      /a box of 1000000000 × 0 pixels/,
    ],
  ])('are refused with %s', async (_what, spoil, message) => {
    await expect(predict(new PointDetector(spoil), 16, points(16, 16, []))).rejects.toMatchObject({
      code: 'KC_MODEL_OUTPUT',
      message: expect.stringMatching(message),
    });
  });
});
