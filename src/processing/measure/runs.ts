import type { Volume } from '../array/checks.js';

/** Horizontal runs of foreground in raster order. Rows are counted through all planes. */
export interface Runs {
  readonly count: number;
  /** First column of each run. */
  readonly begin: Int32Array;
  /** One past the last column of each run. */
  readonly end: Int32Array;
  /** Row of each run. */
  readonly row: Int32Array;
  /** Row i owns runs `rowStart[i]` to `rowStart[i + 1]`. */
  readonly rowStart: Int32Array;
}

/** Runs of the elements above a threshold, 0 for those of a mask. NaN is above nothing. */
export function runsAbove(values: Uint8Array | Float32Array, threshold: number, volume: Volume): Runs {
  const { columns } = volume;
  const runs = new RunList(volume);
  for (let row = 0; row < runs.rowCount; row += 1) {
    const first = row * columns;
    const last = first + columns;
    let i = first;
    while (i < last) {
      if (!(values[i]! > threshold)) {
        i += 1;
        continue;
      }
      const begin = i;
      while (i < last && values[i]! > threshold) i += 1;
      runs.add(row, begin - first, i - first);
    }
    runs.endRow(row);
  }
  return runs;
}

/** Runs of the given pixels, which are in raster order. */
export function runsOfPixels(pixels: Int32Array, volume: Volume): Runs {
  const { columns } = volume;
  const runs = new RunList(volume);
  let i = 0;
  for (let row = 0; row < runs.rowCount; row += 1) {
    const first = row * columns;
    const last = first + columns;
    while (i < pixels.length && pixels[i]! < last) {
      const begin = pixels[i]!;
      let end = begin;
      for (; i < pixels.length && pixels[i] === end && end < last; i += 1) end += 1;
      runs.add(row, begin - first, end - first);
    }
    runs.endRow(row);
  }
  return runs;
}

const FIRST_CAPACITY = 1024;

class RunList implements Runs {
  readonly rowCount: number;
  readonly rowStart: Int32Array;
  count = 0;
  begin = new Int32Array(FIRST_CAPACITY);
  end = new Int32Array(FIRST_CAPACITY);
  row = new Int32Array(FIRST_CAPACITY);

  constructor({ planes, rows }: Volume) {
    this.rowCount = planes * rows;
    this.rowStart = new Int32Array(this.rowCount + 1);
  }

  add(row: number, begin: number, end: number): void {
    if (this.count === this.begin.length) {
      this.begin = doubled(this.begin);
      this.end = doubled(this.end);
      this.row = doubled(this.row);
    }
    this.begin[this.count] = begin;
    this.end[this.count] = end;
    this.row[this.count] = row;
    this.count += 1;
  }

  endRow(row: number): void {
    this.rowStart[row + 1] = this.count;
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}
