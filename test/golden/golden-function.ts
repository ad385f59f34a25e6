import type { FloatArray, LabelArray, NdArray } from '../../src/processing/array/nd-array.js';
import { toOptions } from '../../src/processing/functions/to-options.js';
import type { ParameterValues } from '../../src/processing/functions/parameter.js';
import type { GoldenCase } from './golden-case.js';

/** Runs our counterpart of a reference function; keys of the result are the case's output names. */
export type GoldenFunction = (golden: GoldenCase) => Readonly<Record<string, NdArray>>;

export type GoldenFunctions = Readonly<Record<string, GoldenFunction>>;

/** A float32 input. @throws {TypeError} if the case holds another dtype */
export function floatInput(golden: GoldenCase, name: string): FloatArray {
  const { shape, data } = golden.input(name);
  if (!(data instanceof Float32Array)) throw new TypeError(`${golden.title}: input ${name} is not float32`);
  return { shape, data };
}

/** An int32 input. @throws {TypeError} if the case holds another dtype */
export function labelInput(golden: GoldenCase, name: string): LabelArray {
  const { shape, data } = golden.input(name);
  if (!(data instanceof Int32Array)) throw new TypeError(`${golden.title}: input ${name} is not int32`);
  return { shape, data };
}

/** Input of shape (1, rows, columns, 1) as (rows, columns). */
export function planeInput(golden: GoldenCase, name: string): FloatArray {
  const { shape, data } = floatInput(golden, name);
  return { shape: shape.slice(1, -1), data };
}

/** 1 where a plane is above a threshold, compared in float32 as numpy does. */
export function above(plane: FloatArray, threshold: number): NdArray<Uint8Array> {
  const limit = Math.fround(threshold);
  return { shape: plane.shape, data: Uint8Array.from(plane.data, (value) => (value > limit ? 1 : 0)) };
}

/** A parameter that is a number. @throws {TypeError} otherwise */
export function numberParameter(golden: GoldenCase, name: string): number {
  const value = golden.params[name];
  if (typeof value !== 'number') throw new TypeError(`${golden.title}: parameter ${name} is not a number`);
  return value;
}

/** The case's parameters as options: `min_distance` becomes `minDistance`. */
export function optionsOf(golden: GoldenCase): ReturnType<typeof toOptions> {
  return toOptions(golden.params as ParameterValues);
}
