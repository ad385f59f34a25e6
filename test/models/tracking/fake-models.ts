import type { Tensor, TensorInfo } from '../../../src/models/contract.js';
import type { Predict } from '../../../src/models/tracking/score-pairs.js';

export function info(name: string, ...shape: number[]): TensorInfo {
  return { name, dtype: 'float32', shape };
}

/** Inputs of a model of pairs as the Kiosk's first tracker has them: a window of frames, then one frame, of each feature. */
export function pairInputs(frames: number): TensorInfo[] {
  return [
    info('input0', -1, frames, 16, 16, 1),
    info('input1', -1, 1, 16, 16, 1),
    info('input2', -1, frames, 2),
    info('input3', -1, 1, 2),
    info('input4', -1, frames, 31, 31, 1),
    info('input5', -1, 1, 31, 31, 1),
    info('input6', -1, frames, 3),
    info('input7', -1, 1, 3),
  ];
}

export const ENCODER_INPUTS: readonly TensorInfo[] = [
  info('encoder_app_input', -1, -1, 16, 16, 1),
  info('encoder_morph_input', -1, -1, 3),
  info('encoder_centroid_input', -1, -1, 2),
  info('encoder_adj_input', -1, -1, -1),
];

export const INFERENCE_INPUTS: readonly TensorInfo[] = [
  info('input_embedding_1', -1, 8, 5),
  info('input_embedding_2', -1, 1, 5),
  info('input_centroid_1', -1, 8, 2),
  info('input_centroid_2', -1, 1, 2),
];

/** Judges pairs by how far and how much smaller the candidate is: a function of what it is shown, as a model is. */
function judge(way: number, sizeRatio: number): [different: number, same: number, daughter: number] {
  const isSmall = sizeRatio > 0.3 && sizeRatio < 0.75;
  const same = isSmall ? 0 : Math.exp(-((way / 6) ** 2));
  const daughter = isSmall && way < 12 ? 0.96 - way / 1000 : 0;
  return [1 - Math.max(same, daughter), same, daughter];
}

function numbers(tensor: Tensor | undefined): Float32Array {
  return tensor!.data as Float32Array;
}

function prediction(rows: readonly (readonly number[])[]): Record<string, Tensor> {
  return { prediction: { dtype: 'float32', shape: [rows.length, 3], data: Float32Array.from(rows.flat()) } };
}

/** A model of pairs that goes by the step to the candidate and by areas. */
export const judgePairs: Predict = async (inputs) => {
  const [pairs, frames] = inputs['input6']!.shape as [number, number];
  const [ways, before, after] = [inputs['input3'], inputs['input6'], inputs['input7']].map(numbers);
  const rows = Array.from({ length: pairs }, (_, i) => {
    const way = Math.hypot(ways![2 * i]!, ways![2 * i + 1]!);
    return judge(way, after![3 * i]! / before![(i * frames + frames - 1) * 3]!);
  });
  return await Promise.resolve(prediction(rows));
};

/** An encoder whose vector of a cell is its area, brightness, place and number of neighbours. */
export const encode: Predict = async (inputs) => {
  const [, cells, side] = inputs['encoder_app_input']!.shape as [number, number, number];
  const [pictures, sizes, places, neighbours] = [
    'encoder_app_input',
    'encoder_morph_input',
    'encoder_centroid_input',
    'encoder_adj_input',
  ].map((name) => numbers(inputs[name]));
  const vectors = Array.from({ length: cells }, (_, i) => {
    const picture = pictures!.subarray(i * side * side, (i + 1) * side * side);
    const brightness = picture.reduce((sum, value) => sum + value, 0) / picture.length;
    const around = neighbours!.subarray(i * cells, (i + 1) * cells).reduce((sum, value) => sum + value, 0);
    return [sizes![3 * i]!, brightness, places![2 * i]!, places![2 * i + 1]!, around];
  });
  const data = Float32Array.from(vectors.flat());
  return await Promise.resolve({
    centroids: { dtype: 'float32', shape: [1, cells, 2], data: places!.slice() },
    embeddings: { dtype: 'float32', shape: [1, cells, 5], data },
  });
};

/** The model that compares those vectors. */
export const compareVectors: Predict = async (inputs) => {
  const [pairs, frames] = inputs['input_embedding_1']!.shape as [number, number];
  const [before, after] = [inputs['input_embedding_1'], inputs['input_embedding_2']].map(numbers);
  const [from, to] = [inputs['input_centroid_1'], inputs['input_centroid_2']].map(numbers);
  const rows = Array.from({ length: pairs }, (_, i) => {
    const last = i * frames + frames - 1;
    const way = Math.hypot(to![2 * i]! - from![2 * last]!, to![2 * i + 1]! - from![2 * last + 1]!);
    return judge(way, after![5 * i]! / before![5 * last]!);
  });
  return await Promise.resolve(prediction(rows));
};
