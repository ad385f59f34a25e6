import type { FloatArray, NdArray } from '../array/nd-array.js';
import type { Parameter, ParameterValues } from './parameter.js';

export type FunctionKind = 'preprocess' | 'postprocess';

/** (batch, [planes,] rows, columns, channels) in and out. */
export type PreprocessRun = (image: FloatArray, parameters: ParameterValues) => FloatArray;

/**
 * Outputs of a model, (batch, rows, columns, channels) each, to label images (batch, rows, columns, 1) or other maps.
 * NaN and ±Infinity have to be refused before: thresholds are neither met nor missed by NaN, and a flood from it ends
 * anywhere.
 */
export type PostprocessRun = (outputs: readonly FloatArray[], parameters: ParameterValues) => NdArray[];

/** One version of a function. */
export interface FunctionVariant<Run> {
  /** The release of the original whose numbers these are; absent where all agree. */
  readonly version?: string;
  readonly parameters: readonly Parameter[];
  readonly run: Run;
}

/** A function as a job's hash may name it. */
export interface ProcessingFunction<Run = PreprocessRun | PostprocessRun> {
  /** snake_case; a hash may also write `-` for `_`, and other case. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Takes boxes, scores, labels and masks, not only maps of pixels. */
  readonly takesDetections?: boolean;
  /** Oldest first; a single one without a version if all releases agree. */
  readonly variants: readonly FunctionVariant<Run>[];
}
