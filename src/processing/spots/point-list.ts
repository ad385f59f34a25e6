import type { FloatArray, NdArray } from '../array/nd-array.js';

/** Spots of one image: (spots, 2), rows and columns in pixels, with fractions. */
export type PointList = NdArray<Float64Array>;

/** What a spot model answers: both (batch, rows, columns, 2) float32. */
export interface SpotMaps {
  /** Channel 1 is the probability that a pixel is a spot's. */
  readonly classification: FloatArray;
  /** How far the spot lies from the pixel's centre: rows, columns, in pixels. */
  readonly offsets: FloatArray;
}

export interface PointListOptions {
  /** Spots are more probable than this. Default 0.95. */
  readonly threshold?: number;
  /** Only pixels whose spot lies within themselves (offsets of at most half a pixel). Default false. */
  readonly restrictive?: boolean;
}

const HALF_A_PIXEL = 0.5;

/**
 * Every pixel above the threshold is a spot. Source: deepcell-spots 0.4 `y_annotations_to_point_list` and, with
 * `restrictive`, `y_annotations_to_point_list_restrictive`.
 *
 * @returns one list for each image of the batch, in raster order
 * @throws {RangeError} if the maps do not fit each other
 */
export function pointList(maps: SpotMaps, options: PointListOptions = {}): PointList[] {
  const { threshold = 0.95, restrictive = false } = options;
  const { batches, size, columns } = checkMaps('pointList', maps);
  const { data } = maps.offsets;
  // numpy compares float32 arrays with a Python float in float32.
  const least = Math.fround(threshold);
  return Array.from({ length: batches }, (_, batch) => {
    const points: number[] = [];
    for (let pixel = 0; pixel < size; pixel++) {
      const at = 2 * (batch * size + pixel);
      if (!(maps.classification.data[at + 1]! > least)) continue;
      if (restrictive && !(Math.abs(data[at]!) <= HALF_A_PIXEL && Math.abs(data[at + 1]!) <= HALF_A_PIXEL)) continue;
      points.push(Math.floor(pixel / columns) + data[at]!, (pixel % columns) + data[at + 1]!);
    }
    return toPointList(points);
  });
}

/** Pairs of numbers as an array of points. */
export function toPointList(points: readonly number[]): PointList {
  return { shape: [points.length / 2, 2], data: Float64Array.from(points) };
}

/** The probabilities of one image of the batch, as a plane. */
export function probabilityPlane(maps: SpotMaps, batch: number): Float32Array {
  const size = maps.classification.shape[1]! * maps.classification.shape[2]!;
  return Float32Array.from({ length: size }, (_, pixel) => maps.classification.data[2 * (batch * size + pixel) + 1]!);
}

/** @throws {RangeError} unless both maps are (batch, rows, columns, 2) of one shape */
export function checkMaps(name: string, { classification, offsets }: SpotMaps) {
  const shape = classification.shape;
  if (shape.length !== 4 || shape[3] !== 2 || shape.join() !== offsets.shape.join()) {
    throw new RangeError(
      `${name}: maps of shape (${shape.join(', ')}) and (${offsets.shape.join(', ')}); ` +
        'twice (batch, rows, columns, 2) is accepted',
    );
  }
  const [batches, rows, columns] = shape as [number, number, number];
  return { batches, rows, columns, size: rows * columns };
}
