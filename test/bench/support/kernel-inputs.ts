import { join } from 'node:path';
import type { FloatArray, LabelArray, NdArray } from '../../../src/processing/array/nd-array.js';
import { writeNpy } from '../../support/npy.js';
import { built } from '../../support/built.js';
import { DENSE_SPACING, referenceImage } from './reference-image.js';
import { referenceHeads } from './reference-model.js';

type Label = typeof import('../../../src/processing/measure/label.js');
type PeakSeeds = typeof import('../../../src/processing/segmentation/peak-seeds.js');
type DeepWatershed = typeof import('../../../src/processing/segmentation/deep-watershed-v061.js');

/** Sides of the images on which kernels are measured. */
export const SIDE = 2048;
export const MIN_DISTANCE = 10;
export const PEAK_THRESHOLD = 0.1;

/** An image and what the kernels take of it, as arrays and as files for the peer. */
export interface KernelInputs {
  readonly name: string;
  /** float32 counts, (1, rows, columns, 1). */
  readonly image: FloatArray;
  /** Heads of the reference model, (rows, columns). */
  readonly inner: FloatArray;
  readonly outer: FloatArray;
  /** Where the outer map is interior. */
  readonly mask: NdArray<Uint8Array>;
  /** Seeds for the watershed. */
  readonly markers: LabelArray;
  /** Cells of `deep_watershed@0.6.1`. */
  readonly cells: LabelArray;
  /** Paths of `.npy` files of the same names. */
  readonly files: Readonly<Record<'image' | 'plane' | 'inner' | 'outer' | 'mask' | 'cells', string>>;
}

/** The sparse image with 29 % foreground and the dense one with 54 %. */
export function makeKernelInputs(folder: string): KernelInputs[] {
  return [inputsOf(folder, 'sparse', 40, 0.29), inputsOf(folder, 'dense', DENSE_SPACING, 0.54)];
}

function inputsOf(folder: string, name: string, spacing: number, foreground: number): KernelInputs {
  const { label } = built('src/processing/measure/label.js') as Label;
  const { peakSeeds } = built('src/processing/segmentation/peak-seeds.js') as PeakSeeds;
  const { deepWatershedV061 } = built('src/processing/segmentation/deep-watershed-v061.js') as DeepWatershed;
  const { image, unrounded } = referenceImage(SIDE, SIDE, { spacing });
  const { inner, outer } = referenceHeads(unrounded, foreground);
  const plane = { shape: image.shape, data: Float32Array.from(image.data) };
  const mask = { shape: image.shape, data: new Uint8Array(image.data.length) };
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = outer.data[i]! > 0.01 ? 1 : 0;
  const options = { minDistance: MIN_DISTANCE, thresholdAbs: PEAK_THRESHOLD, excludeBorder: false };
  const { labels: markers } = label(peakSeeds(inner, options));
  const cells = { shape: image.shape, data: deepWatershedV061([batchOf(inner), batchOf(outer)]).data };
  const arrays = { image: batchOf(plane), plane, inner, outer, mask, cells };
  const save = ([key, array]: [string, NdArray]): [string, string] => {
    const path = join(folder, `${name}-${key}.npy`);
    writeNpy(path, array);
    return [key, path];
  };
  const files = Object.fromEntries(Object.entries(arrays).map(save)) as unknown as KernelInputs['files'];
  return { name, image: arrays.image, inner, outer, mask, markers, cells, files };
}

/** (rows, columns) as (1, rows, columns, 1); no copy. */
export function batchOf({ shape, data }: FloatArray): FloatArray {
  return { shape: [1, ...shape, 1], data };
}
