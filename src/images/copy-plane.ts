import { float16Table } from './float16.js';
import type { Raster } from './raster.js';

/** How a plane lies in its source; strides in elements. */
export interface PlaneLayout {
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Where a plane goes: every `step`-th element from `start`, row after row. */
export interface PlaneTarget {
  readonly data: Float32Array;
  readonly start: number;
  readonly step: number;
}

/** Copies one plane of a raster as float32; integers beyond 2^24 are rounded. */
export function copyPlane({ data, dtype }: Raster, from: number, layout: PlaneLayout, target: PlaneTarget): void {
  const { rows, columns, rowStride, columnStride } = layout;
  const { data: out, start, step } = target;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    copyConverted(layout, target, (offset) => Number(data[from + offset]!));
  } else if (dtype === 'float16') {
    const table = float16Table();
    copyConverted(layout, target, (offset) => table[data[from + offset]!]!);
  } else if (step === 1 && columnStride === 1 && rowStride === columns) {
    // The engine's own conversion is several times faster than a loop.
    out.set(data.subarray(from, from + rows * columns), start);
  } else {
    let to = start;
    for (let row = 0; row < rows; row += 1) {
      let at = from + row * rowStride;
      for (let column = 0; column < columns; column += 1) {
        out[to] = data[at]!;
        to += step;
        at += columnStride;
      }
    }
  }
}

/** For types that need a call per element. */
function copyConverted(layout: PlaneLayout, target: PlaneTarget, valueAt: (offset: number) => number): void {
  let to = target.start;
  for (let row = 0; row < layout.rows; row += 1) {
    for (let column = 0; column < layout.columns; column += 1) {
      target.data[to] = valueAt(row * layout.rowStride + column * layout.columnStride);
      to += target.step;
    }
  }
}
