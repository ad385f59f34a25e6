import type { FloatArray, LabelArray, NdArray } from '../../../src/processing/array/nd-array.js';
import { built } from '../../support/built.js';

type DeepWatershed = typeof import('../../../src/processing/segmentation/deep-watershed-v061.js');

/** The two heads of the reference model for an image, each (rows, columns). */
export interface ReferenceHeads {
  /** max(z, 0) / 4 of the normalised image z. */
  readonly inner: FloatArray;
  /** (z − 0.2) / 3, or shifted so that a given share of the image is above 0.01. */
  readonly outer: FloatArray;
}

/** Where the interior of cells begins in the functions that follow. */
const INTERIOR_THRESHOLD = 0.01;

/** @param foreground share of the pixels that shall be interior; as the reference model has it if left out */
export function referenceHeads(
  { shape, data }: NdArray<Uint16Array | Float32Array>,
  foreground?: number,
): ReferenceHeads {
  const z = normalised(data);
  const offset =
    foreground === undefined ? 0.2 : z.toSorted()[Math.floor(z.length * (1 - foreground))]! - 3 * INTERIOR_THRESHOLD;
  const inner = new Float32Array(z.length);
  const outer = new Float32Array(z.length);
  for (let i = 0; i < z.length; i++) {
    inner[i] = Math.max(z[i]!, 0) / 4;
    outer[i] = (z[i]! - offset) / 3;
  }
  return { inner: { shape, data: inner }, outer: { shape, data: outer } };
}

/** The cells of the reference job, found in one piece. */
export function referenceLabels(image: NdArray<Uint16Array>): LabelArray {
  const { deepWatershedV061 } = built('src/processing/segmentation/deep-watershed-v061.js') as DeepWatershed;
  const { inner, outer } = referenceHeads(image);
  const asBatch = ({ shape, data }: FloatArray): FloatArray => ({ shape: [1, ...shape, 1], data });
  const { data } = deepWatershedV061([asBatch(inner), asBatch(outer)]);
  return { shape: image.shape, data };
}

function normalised(data: Uint16Array | Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  const mean = sum / data.length;
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += (data[i]! - mean) ** 2;
  const deviation = Math.sqrt(squares / data.length);
  const z = new Float32Array(data.length);
  for (let i = 0; i < z.length; i++) z[i] = (data[i]! - mean) / deviation;
  return z;
}
