import { requireInteger } from '../array/checks.js';

/** The neighbourhood of a pixel, as steps (plane, row, column) in raster order; the pixel itself is one of them. */
export interface Footprint {
  readonly rank: 2 | 3;
  /** Longest step along an axis. */
  readonly radius: number;
  readonly planes: Int32Array;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/**
 * All pixels with row² + column² ≤ radius²: 1, 5 (a cross), 13, … 317 pixels for radius 0, 1, 2, … 10.
 * @throws {RangeError} if `radius` is not a whole number ≥ 0
 * @see scikit-image `morphology.disk`
 */
export function disk(radius: number): Footprint {
  requireInteger('disk', 'radius', radius, 0);
  return within(radius, 2);
}

/**
 * All voxels with plane² + row² + column² ≤ radius².
 * @throws {RangeError} if `radius` is not a whole number ≥ 0
 * @see scikit-image `morphology.ball`
 */
export function ball(radius: number): Footprint {
  requireInteger('ball', 'radius', radius, 0);
  return within(radius, 3);
}

function within(radius: number, rank: 2 | 3): Footprint {
  const planes: number[] = [];
  const rows: number[] = [];
  const columns: number[] = [];
  const planeRadius = rank === 3 ? radius : 0;
  for (let plane = -planeRadius; plane <= planeRadius; plane += 1) {
    for (let row = -radius; row <= radius; row += 1) {
      for (let column = -radius; column <= radius; column += 1) {
        if (plane * plane + row * row + column * column > radius * radius) continue;
        planes.push(plane);
        rows.push(row);
        columns.push(column);
      }
    }
  }
  return {
    rank,
    radius,
    planes: Int32Array.from(planes),
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
  };
}
