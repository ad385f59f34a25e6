import { KioskError } from '../../errors/kiosk-error.js';
import type { FloatArray } from '../../processing/array/nd-array.js';
import type { Tensor, TensorInfo } from '../contract.js';
import { naturalOrder } from '../outputs.js';
import { fromFloat32 } from '../tensor.js';

/** What a model compares of two cells. `way` is the step to a cell from the one before, the rest are tables. */
export type PairFeature = 'appearance' | 'neighbourhood' | 'way' | 'centroid' | 'morphology' | 'embedding';

/** Features of all cells of a film, (cells, …); those that the model takes. `way` comes from the centroids. */
export type FeatureTables = Readonly<Partial<Record<Exclude<PairFeature, 'way'>, FloatArray>>>;

/** A track so far and a cell that may be how it goes on; cells by their places in the film. */
export interface Pair {
  /** Cells of the track, the last one seen last; at least one. */
  readonly history: readonly number[];
  readonly candidate: number;
}

/** One input of a model of pairs. */
export interface PairInput {
  readonly name: string;
  readonly dtype: TensorInfo['dtype'];
  readonly feature: PairFeature;
  readonly of: 'history' | 'candidate';
  /** Frames of the history; 1 for a candidate. */
  readonly frames: number;
  /** Shape of the feature of one cell, as the input wants it. */
  readonly shape: readonly number[];
}

/**
 * Finds out what each input of a model of pairs takes, from names and shapes (pairs, frames, …): pictures
 * (side, side, 1) are appearances, and if there are two kinds the second is neighbourhoods; 3 numbers are area, outline and
 * eccentricity; 2 numbers are the step from the cell before, or, if the name has "centroid" in it, the place; more
 * numbers are an embedding. Inputs come in natural order of their names; of the two of a feature the first is the track,
 * the second the candidate, of one frame.
 *
 * @param trackLength frames of a history where the model takes any number (`TRACK_LENGTH`)
 * @throws {KioskError} KC_MODEL_INPUT if the inputs are not those of a model of pairs
 */
export function planPairInputs(inputs: readonly TensorInfo[], trackLength: number): PairInput[] {
  const sorted = inputs.toSorted((a, b) => naturalOrder(a.name, b.name));
  const pictures = sorted.filter(({ shape }) => shape.length === 5);
  const features = sorted.map((input) => {
    const feature = featureOf(input, pictures.indexOf(input));
    if (!feature) throw unfit(inputs, `"${input.name}" of shape (${input.shape.join(', ')}) is no feature of cells`);
    return feature;
  });
  return sorted.map((input, i) => {
    const feature = features[i]!;
    const both = sorted.filter((_, j) => features[j] === feature);
    if (both.length !== 2) throw unfit(inputs, `there are ${both.length} inputs for the ${feature}`);
    const of = both[0] === input ? 'history' : 'candidate';
    const length = input.shape[1]!;
    const frames = length > 0 ? length : of === 'history' ? trackLength : 1;
    if (of === 'candidate' && frames !== 1)
      throw unfit(inputs, `"${input.name}" wants a candidate of ${frames} frames`);
    return { name: input.name, dtype: input.dtype, feature, of, frames, shape: input.shape.slice(2) };
  });
}

/**
 * The values of one input for a number of pairs. A track that is shorter than the history is taken to have been its first
 * cell before, at rest.
 *
 * @returns (pairs, frames, …)
 * @throws {KioskError} KC_MODEL_INPUT if the feature has another size than the input
 */
export function pairTensor(input: PairInput, tables: FeatureTables, pairs: readonly Pair[]): Tensor {
  const { feature, frames, shape } = input;
  const table = tables[feature === 'way' ? 'centroid' : feature];
  const length = shape.reduce((product, side) => product * side, 1);
  const size = table ? table.data.length / Math.max(table.shape[0]!, 1) : 0;
  if (!table || (table.data.length > 0 && size !== length)) {
    throw new KioskError(
      'KC_MODEL_INPUT',
      `The input "${input.name}" takes ${length} values of the ${feature}, not ${size}.`,
      {
        hint: 'Use a model whose inputs are features of cells, or correct its metadata.',
      },
    );
  }
  const data = new Float32Array(pairs.length * frames * length);
  for (const [i, pair] of pairs.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      const place = (i * frames + frame) * length;
      const { cell, before } = cellsAt(pair, input, frame);
      data.set(table.data.subarray(cell * length, (cell + 1) * length), place);
      if (feature !== 'way') continue;
      for (let axis = 0; axis < length; axis++) data[place + axis]! -= table.data[before * length + axis]!;
    }
  }
  return fromFloat32(data, [pairs.length, frames, ...shape], input.dtype);
}

/** The cell that stands at a frame of an input, and the one before it. */
function cellsAt({ history, candidate }: Pair, { of, frames }: PairInput, frame: number) {
  if (of === 'candidate') return { cell: candidate, before: history.at(-1)! };
  const place = history.length - frames + frame;
  return { cell: history[Math.max(0, place)]!, before: history[Math.max(0, place - 1)]! };
}

function featureOf({ name, shape }: TensorInfo, picture: number): PairFeature | undefined {
  if (picture >= 0) {
    const [, , rows, columns, channels] = shape;
    const isSquare = rows! > 0 && rows === columns && channels === 1;
    return isSquare && picture < 4 ? (picture < 2 ? 'appearance' : 'neighbourhood') : undefined;
  }
  if (shape.length !== 3) return undefined;
  if (shape[2] === 2) return /centroid/iu.test(name) ? 'centroid' : 'way';
  if (shape[2] === 3) return 'morphology';
  return shape[2]! > 3 ? 'embedding' : undefined;
}

function unfit(inputs: readonly TensorInfo[], what: string): KioskError {
  return new KioskError('KC_MODEL_INPUT', `The model does not compare pairs of cells: ${what}.`, {
    details: inputs.map(({ name, shape }) => `${name}: (${shape.join(', ')})`),
    hint: 'Use a model whose inputs are pairs of features (pairs, frames, …) of a track and a candidate.',
  });
}
