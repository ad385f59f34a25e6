import type { FloatArray, LabelArray } from '../../array/nd-array.js';
import { perimeter } from '../../measure/perimeter.js';
import { regionProps } from '../../measure/region-props.js';
import { measureCells, type FilmCells, type NumberStack } from '../measure-cells.js';
import { scaledCrop, windowCrop, type Box, type Plane } from './crops.js';

/** Sides of the pictures that a model of cells takes, pixels; 0 for a picture that it does not take. */
export interface FeatureSizes {
  readonly appearancePx: number;
  readonly neighbourhoodPx: number;
}

/** What a model may see of each cell of a film; the first axis is the cells, as in `film.cells`. */
export interface CellFeatures {
  readonly film: FilmCells;
  /** (cells, side, side): the cell's bounding box, scaled. Frames are normalised to mean 0 and deviation 1 before. */
  readonly appearance: FloatArray;
  /** (cells, side, side): a window around the cell, unscaled, of the same frames; 0 outside the image. */
  readonly neighbourhood: FloatArray;
  /** (cells, 2): row and column, pixels. */
  readonly centroid: FloatArray;
  /** (cells, 3): area and outline, pixels, and eccentricity. */
  readonly morphology: FloatArray;
}

/**
 * Gathers the features of all cells. O(pixels + cells · side²).
 *
 * @param labels int32 (frames, rows, columns); values < 1 are background
 * @param raw (frames, rows, columns) or (frames, rows, columns, 1), any numeric dtype
 * @throws {RangeError} for other shapes
 */
export function cellFeatures(labels: LabelArray, raw: NumberStack, sizes: FeatureSizes): CellFeatures {
  const film = measureCells(labels, raw);
  const [frames, rows, columns] = labels.shape as [number, number, number];
  const count = film.cells.length;
  const { appearancePx: a, neighbourhoodPx: n } = sizes;
  const appearance = new Float32Array(count * a * a);
  const neighbourhood = new Float32Array(count * n * n);
  const morphology = new Float32Array(count * 3);
  for (let frame = 0; frame < frames; frame++) {
    const [from, to] = [frame * rows * columns, (frame + 1) * rows * columns];
    const plane = { rows, columns, data: normalised(raw.data.subarray(from, to)) };
    const mask = labels.data.subarray(from, to);
    for (const [i, region] of regionProps({ shape: [rows, columns], data: mask }).entries()) {
      const cell = film.start[frame]! + i;
      scaledCrop(plane, region.bbox, a, appearance.subarray(cell * a * a, (cell + 1) * a * a));
      const [row, column] = region.centroid;
      windowCrop(plane, row, column, n, neighbourhood.subarray(cell * n * n, (cell + 1) * n * n));
      morphology.set([region.area, outlineOf(mask, plane, region.label, region.bbox), region.eccentricity], cell * 3);
    }
  }
  const centroid = Float32Array.from(film.cells.flatMap(({ row, column }) => [row, column]));
  return {
    film,
    appearance: { shape: [count, a, a], data: appearance },
    neighbourhood: { shape: [count, n, n], data: neighbourhood },
    centroid: { shape: [count, 2], data: centroid },
    morphology: { shape: [count, 3], data: morphology },
  };
}

/** Mean 0, deviation 1; a frame of one value is all 0. */
function normalised(values: NumberStack['data']): Float32Array {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length;
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (values[i]! - mean) ** 2 / values.length;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  return Float32Array.from({ length: values.length }, (_, i) => (values[i]! - mean) * scale);
}

function outlineOf(labels: Int32Array, { columns }: Plane, label: number, box: Box): number {
  const [height, width] = [box[2] - box[0], box[3] - box[1]];
  const mask = new Uint8Array(height * width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = (box[0] + row) * columns + box[1] + column;
      mask[row * width + column] = labels[pixel] === label ? 1 : 0;
    }
  }
  return perimeter(mask, height, width);
}
