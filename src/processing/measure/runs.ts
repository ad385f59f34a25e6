import type { Volume } from '../array/checks.js';

/** Stretches of pixels, ascending. */
export interface Stretches {
  readonly count: number;
  /** First pixel of each. */
  readonly begin: Int32Array;
  /** One past the last pixel of each. */
  readonly end: Int32Array;
}

/** Horizontal runs of foreground: stretches that end with their row. Rows are counted through all planes. */
export interface Runs extends Stretches {
  /** Row i owns runs `rowStart[i]` to `rowStart[i + 1]`. */
  readonly rowStart: Int32Array;
}

/** Runs of the pixels above a threshold. NaN is above nothing. */
export function runsAbove(values: Float32Array, threshold: number, volume: Volume): Runs {
  const runs = new RunList(volume);
  for (let row = 0; row < runs.rowCount; row += 1) {
    const last = (row + 1) * volume.columns;
    let i = last - volume.columns;
    while (i < last) {
      if (!(values[i]! > threshold)) {
        i += 1;
        continue;
      }
      const begin = i;
      while (i < last && values[i]! > threshold) i += 1;
      runs.add(begin, i);
    }
    runs.endRow(row);
  }
  return runs;
}

/** Runs of the non-zero pixels; not by way of `runsAbove`, since comparing bytes as bytes is a quarter faster. */
export function runsOfMask(mask: Uint8Array, volume: Volume): Runs {
  const runs = new RunList(volume);
  for (let row = 0; row < runs.rowCount; row += 1) {
    const last = (row + 1) * volume.columns;
    let i = last - volume.columns;
    while (i < last) {
      if (mask[i] === 0) {
        i += 1;
        continue;
      }
      const begin = i;
      while (i < last && mask[i] !== 0) i += 1;
      runs.add(begin, i);
    }
    runs.endRow(row);
  }
  return runs;
}

/** Runs of the given pixels, which are ascending. */
export function runsOfPixels(pixels: Int32Array, volume: Volume): Runs {
  const runs = new RunList(volume);
  let i = 0;
  for (let row = 0; row < runs.rowCount; row += 1) {
    const last = (row + 1) * volume.columns;
    while (i < pixels.length && pixels[i]! < last) {
      const begin = pixels[i]!;
      let end = begin;
      for (; i < pixels.length && pixels[i] === end && end < last; i += 1) end += 1;
      runs.add(begin, end);
    }
    runs.endRow(row);
  }
  return runs;
}

/** Every row as one run. */
export function wholeRows({ planes, rows, columns }: Volume): Runs {
  const rowStart = Int32Array.from({ length: planes * rows + 1 }, (_, row) => row);
  const edges = rowStart.map((row) => row * columns);
  return { count: planes * rows, begin: edges.subarray(0, -1), end: edges.subarray(1), rowStart };
}

const FIRST_CAPACITY = 1024;

class RunList implements Runs {
  readonly rowCount: number;
  readonly rowStart: Int32Array;
  count = 0;
  begin = new Int32Array(FIRST_CAPACITY);
  end = new Int32Array(FIRST_CAPACITY);

  constructor({ planes, rows }: Volume) {
    this.rowCount = planes * rows;
    this.rowStart = new Int32Array(this.rowCount + 1);
  }

  add(begin: number, end: number): void {
    if (this.count === this.begin.length) {
      this.begin = doubled(this.begin);
      this.end = doubled(this.end);
    }
    this.begin[this.count] = begin;
    this.end[this.count] = end;
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
