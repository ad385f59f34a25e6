import { KioskError } from '../../errors/kiosk-error.js';
import type { FloatArray } from '../../processing/array/nd-array.js';
import type { CellFeatures } from '../../processing/tracking/features/cell-features.js';
import type { Tensor, TensorInfo } from '../contract.js';
import { orderedOutputs } from '../outputs.js';
import { fromFloat32, toFloat32 } from '../tensor.js';
import type { Predict } from './score-pairs.js';

export interface EncoderOptions {
  /** Inputs of the encoder, as `describe` tells them. */
  readonly inputs: readonly TensorInfo[];
  readonly predict: Predict;
  readonly features: CellFeatures;
  /** Cells nearer than this are neighbours, pixels. Default 50 (`MAX_DISTANCE`). */
  readonly neighbourDistancePx?: number;
}

type EncoderFeature = 'appearance' | 'morphology' | 'centroid' | 'adjacency';

const DEFAULT_NEIGHBOUR_DISTANCE = 50;

/**
 * Asks an encoder, frame by frame, for a vector for each cell that tells it and its neighbours. The encoder takes, for a
 * frame, (1, cells, side, side, 1) appearances, (1, cells, 3) area, outline and eccentricity, (1, cells, 2) places and
 * (1, cells, cells) who is a neighbour of whom (1, also of itself) or not (0). Which input is which, its shape tells. A fixed
 * number of cells is filled up with zeros.
 *
 * @returns (cells of the film, length of the vector)
 * @throws {KioskError} KC_MODEL_INPUT for other inputs and frames with too many cells; KC_MODEL_OUTPUT if none of
 *   the outputs is (1, cells, more than 3)
 */
export async function encodeCells(options: EncoderOptions): Promise<FloatArray> {
  const { inputs, predict, features } = options;
  const plans = inputs.map((info) => ({ info, feature: featureOf(info) }));
  const distance = options.neighbourDistancePx ?? DEFAULT_NEIGHBOUR_DISTANCE;
  const { start } = features.film;
  let length = 0;
  const vectors: Float32Array[] = [];
  for (let frame = 0; frame + 1 < start.length; frame++) {
    const [first, end] = [start[frame]!, start[frame + 1]!];
    if (first === end) continue;
    const tensors = plans.map(({ info, feature }) => [
      info.name,
      frameTensor(info, feature, features, first, end, distance),
    ]);
    const answer = readVectors(await predict(Object.fromEntries(tensors) as Record<string, Tensor>), end - first);
    length = answer.length / (end - first);
    vectors.push(answer);
  }
  const data = new Float32Array(vectors.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of vectors) {
    data.set(part, place);
    place += part.length;
  }
  return { shape: [start.at(-1)!, length], data };
}

function frameTensor(
  { name, shape, dtype }: TensorInfo,
  feature: EncoderFeature,
  features: CellFeatures,
  first: number,
  end: number,
  distance: number,
): Tensor {
  const count = end - first;
  const places = shape[1]! > 0 ? shape[1]! : count;
  if (count > places) {
    throw new KioskError('KC_MODEL_INPUT', `A frame has ${count} cells; the input "${name}" takes ${places}.`, {
      hint: 'Crop the film into parts with fewer cells, or use an encoder for more.',
    });
  }
  if (feature === 'adjacency')
    return fromFloat32(adjacency(features, first, end, places, distance), [1, places, places], dtype);
  const table = features[feature];
  const length = table.data.length / table.shape[0]!;
  const wanted = shape.slice(2).reduce((product, side) => product * side, 1);
  if (length !== wanted) {
    throw new KioskError('KC_MODEL_INPUT', `The input "${name}" takes ${wanted} values of a cell, not ${length}.`, {
      hint: 'Make the pictures of cells of the size that the encoder takes.',
    });
  }
  const data = new Float32Array(places * length);
  data.set(table.data.subarray(first * length, end * length));
  return fromFloat32(data, [1, places, ...shape.slice(2)], dtype);
}

/** 1 where two cells are neighbours, and on the diagonal. */
function adjacency({ film }: CellFeatures, first: number, end: number, places: number, distance: number): Float32Array {
  const matrix = new Float32Array(places * places);
  const cells = film.cells.slice(first, end);
  for (const [i, a] of cells.entries()) {
    for (const [j, b] of cells.entries()) {
      if (Math.hypot(a.row - b.row, a.column - b.column) < distance) matrix[i * places + j] = 1;
    }
  }
  return matrix;
}

function featureOf({ name, shape }: TensorInfo): EncoderFeature {
  if (shape.length === 5 && shape[2]! > 0 && shape[2] === shape[3] && shape[4] === 1) return 'appearance';
  if (shape.length === 3 && shape[2] === 3) return 'morphology';
  if (shape.length === 3 && shape[2] === 2) return 'centroid';
  if (shape.length === 3 && shape[1] === shape[2]) return 'adjacency';
  throw new KioskError(
    'KC_MODEL_INPUT',
    `The input "${name}" of shape (${shape.join(', ')}) is no feature of the cells of a frame.`,
    {
      hint: 'Use an encoder of appearances, area and outline, places, and neighbours.',
    },
  );
}

function readVectors(outputs: Record<string, Tensor>, cells: number): Float32Array {
  const answers = orderedOutputs(outputs);
  const vectors = answers.find(({ tensor }) => tensor.shape.at(-1)! > 3 && tensor.shape.at(-2)! >= cells);
  if (!vectors) {
    const found = answers.map(({ name, tensor }) => `${name}: (${tensor.shape.join(', ')})`);
    throw new KioskError('KC_MODEL_OUTPUT', `The encoder answered no vectors (1, ${cells}, more than 3).`, {
      details: found,
      hint: 'Use an encoder with an output of one vector for each cell.',
    });
  }
  return toFloat32(vectors.tensor).slice(0, cells * vectors.tensor.shape.at(-1)!);
}
