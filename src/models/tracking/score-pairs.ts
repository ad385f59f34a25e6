import { KioskError } from '../../errors/kiosk-error.js';
import type { Tensor, TensorInfo } from '../contract.js';
import { orderedOutputs } from '../outputs.js';
import { toFloat32 } from '../tensor.js';
import { pairTensor, planPairInputs, type FeatureTables, type Pair } from './pair-inputs.js';

/** Asks a model: named inputs to named outputs. `PredictClient.predict` with its model filled in. */
export type Predict = (inputs: Readonly<Record<string, Tensor>>) => Promise<Record<string, Tensor>>;

/** Probabilities that the candidate is the track's cell, or a daughter of it. */
export interface PairScore {
  readonly same: number;
  readonly daughter: number;
}

/** Compares tracks with candidates, by whatever model. */
export interface PairScorer {
  /** Frames of a track that are looked at. */
  readonly trackLength: number;
  score(pairs: readonly Pair[]): Promise<PairScore[]>;
}

export interface PairScorerOptions {
  /** Inputs of the model, as `describe` tells them. */
  readonly inputs: readonly TensorInfo[];
  readonly predict: Predict;
  readonly tables: FeatureTables;
  /** Frames of a history where the model takes any number (`TRACK_LENGTH`). Default 8. */
  readonly trackLength?: number;
  /** Most pairs of one call. Default 64, which servers of the Kiosk take. */
  readonly batchSize?: number;
}

/** What the model's last axis holds, in this order. */
const CLASSES = ['different', 'same', 'daughter'] as const;
const DEFAULT_TRACK_LENGTH = 8;
const DEFAULT_BATCH_SIZE = 64;

/**
 * A model that is shown features of a track and of a candidate and answers (pairs, 3): probabilities that they are
 * different cells, the same, or mother and daughter. What it is shown is read from its inputs: see `planPairInputs`.
 *
 * @throws {KioskError} KC_MODEL_INPUT if the inputs are not those of such a model; `score` KC_MODEL_OUTPUT for another answer
 */
export function pairScorer(options: PairScorerOptions): PairScorer {
  const { predict, tables, trackLength = DEFAULT_TRACK_LENGTH, batchSize = DEFAULT_BATCH_SIZE } = options;
  const inputs = planPairInputs(options.inputs, trackLength);
  return {
    trackLength: Math.max(...inputs.map(({ frames }) => frames)),
    async score(pairs) {
      const scores: PairScore[] = [];
      for (let start = 0; start < pairs.length; start += batchSize) {
        const batch = pairs.slice(start, start + batchSize);
        const tensors = Object.fromEntries(inputs.map((input) => [input.name, pairTensor(input, tables, batch)]));
        scores.push(...readScores(await predict(tensors), batch.length));
      }
      return scores;
    },
  };
}

function readScores(outputs: Record<string, Tensor>, pairs: number): PairScore[] {
  const [answer] = orderedOutputs(outputs);
  const values = answer ? toFloat32(answer.tensor) : new Float32Array(0);
  if (values.length !== pairs * CLASSES.length || !values.every((value) => value >= 0 && value <= 1)) {
    const found = answer ? `"${answer.name}" of shape (${answer.tensor.shape.join(', ')})` : 'nothing';
    throw new KioskError(
      'KC_MODEL_OUTPUT',
      `The model answered ${found}; probabilities (${pairs}, ${CLASSES.length}) from 0 to 1 are expected.`,
      { hint: `Use a model whose output tells, for each pair, ${CLASSES.join(', ')}.` },
    );
  }
  return Array.from({ length: pairs }, (_, i) => ({
    same: values[i * CLASSES.length + CLASSES.indexOf('same')]!,
    daughter: values[i * CLASSES.length + CLASSES.indexOf('daughter')]!,
  }));
}
