import type { Volume } from '../array/checks.js';
import type { Footprint } from './footprints.js';

/** Layout of an image inside a frame as wide as a footprint, so that steps of the footprint need no bounds test. */
export interface Frame {
  readonly size: number;
  /** Elements from one row to the next. */
  readonly width: number;
  /** Elements from one plane to the next. */
  readonly slice: number;
  /** First element of each row of the image, in raster order. */
  readonly rowStarts: Int32Array;
  readonly columns: number;
}

export function frameFor(volume: Volume, footprint: Footprint): Frame {
  const { planes, rows, columns } = volume;
  const { radius } = footprint;
  const planeFrame = footprint.rank === 3 ? radius : 0;
  const width = columns + 2 * radius;
  const slice = width * (rows + 2 * radius);
  const rowStarts = new Int32Array(planes * rows);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      rowStarts[plane * rows + row] = (plane + planeFrame) * slice + (row + radius) * width + radius;
    }
  }
  return { size: slice * (planes + 2 * planeFrame), width, slice, rowStarts, columns };
}

/** The footprint's steps as index differences in the frame, in raster order, without the pixel itself. */
export function framedSteps(frame: Frame, footprint: Footprint): Int32Array {
  const steps = footprint.columns.map(
    (column, i) => footprint.planes[i]! * frame.slice + footprint.rows[i]! * frame.width + column,
  );
  return steps.filter((step) => step !== 0);
}

/** Copies an image into its frame, which holds `outside`. */
export function putInFrame<T extends Float32Array | Float64Array>(
  frame: Frame,
  source: T,
  target: T,
  outside: number,
): T {
  const { rowStarts, columns } = frame;
  target.fill(outside);
  for (let row = 0; row < rowStarts.length; row += 1) {
    target.set(source.subarray(row * columns, (row + 1) * columns), rowStarts[row]);
  }
  return target;
}

/** Copies the image out of its frame. */
export function takeFromFrame<T extends Uint8Array | Float64Array>(frame: Frame, source: T, target: T): T {
  const { rowStarts, columns } = frame;
  for (let row = 0; row < rowStarts.length; row += 1) {
    target.set(source.subarray(rowStarts[row], rowStarts[row]! + columns), row * columns);
  }
  return target;
}
