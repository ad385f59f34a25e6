import type { AxisLayout } from './maximum-along-axis.js';

/**
 * Convolves every line of `columns` consecutive elements with a symmetric kernel.
 *
 * @param weights of the centre and of the elements 1, 2, … away
 * @returns a new array; each element centre · w₀ plus (left + right) · w from the outermost pair inwards, in float64
 */
export function convolveRows(source: Float32Array, columns: number, weights: Float64Array): Float32Array<ArrayBuffer> {
  const radius = weights.length - 1;
  const result = new Float32Array(source.length);
  const line = new Float64Array(columns + 2 * radius);
  for (let first = 0; first < source.length; first += columns) {
    for (let i = 0; i < columns; i += 1) line[radius + i] = source[first + i]!;
    for (let k = 1; k <= radius; k += 1) {
      line[radius - k] = source[first + mirrored(-k, columns)]!;
      line[radius + columns - 1 + k] = source[first + mirrored(columns - 1 + k, columns)]!;
    }
    convolveLine(line, result, first, columns, weights);
  }
  return result;
}

/** Four results at a time, so that their sums do not wait for one another. */
function convolveLine(
  line: Float64Array,
  result: Float32Array,
  first: number,
  columns: number,
  weights: Float64Array,
): void {
  const radius = weights.length - 1;
  const centre = weights[0]!;
  let i = 0;
  for (; i + 3 < columns; i += 4) {
    const middle = i + radius;
    let a = line[middle]! * centre;
    let b = line[middle + 1]! * centre;
    let c = line[middle + 2]! * centre;
    let d = line[middle + 3]! * centre;
    for (let k = radius; k > 0; k -= 1) {
      const weight = weights[k]!;
      const left = middle - k;
      const right = middle + k;
      a += (line[left]! + line[right]!) * weight;
      b += (line[left + 1]! + line[right + 1]!) * weight;
      c += (line[left + 2]! + line[right + 2]!) * weight;
      d += (line[left + 3]! + line[right + 3]!) * weight;
    }
    result[first + i] = a;
    result[first + i + 1] = b;
    result[first + i + 2] = c;
    result[first + i + 3] = d;
  }
  for (; i < columns; i += 1) {
    const middle = i + radius;
    let sum = line[middle]! * centre;
    for (let k = radius; k > 0; k -= 1) sum += (line[middle - k]! + line[middle + k]!) * weights[k]!;
    result[first + i] = sum;
  }
}

/** The same along an axis whose elements lie `axis.inner` apart. */
export function convolveColumns(source: Float32Array, axis: AxisLayout, weights: Float64Array): Float32Array<ArrayBuffer> {
  const radius = weights.length - 1;
  const { length, inner } = axis;
  const result = new Float32Array(source.length);
  const before = new Int32Array(radius + 1);
  const after = new Int32Array(radius + 1);
  for (let block = 0; block < axis.outer; block += 1) {
    const first = block * length * inner;
    for (let index = 0; index < length; index += 1) {
      for (let k = 0; k <= radius; k += 1) {
        before[k] = first + mirrored(index - k, length) * inner;
        after[k] = first + mirrored(index + k, length) * inner;
      }
      combineLines(source, result, before, after, inner, weights);
    }
  }
  return result;
}

/** One line of results from the lines that begin at `before` and `after`; entry 0 of both is the line itself. */
function combineLines(
  source: Float32Array,
  result: Float32Array,
  before: Int32Array,
  after: Int32Array,
  inner: number,
  weights: Float64Array,
): void {
  const radius = weights.length - 1;
  const centre = weights[0]!;
  const middle = before[0]!;
  let i = 0;
  for (; i + 3 < inner; i += 4) {
    let a = source[middle + i]! * centre;
    let b = source[middle + i + 1]! * centre;
    let c = source[middle + i + 2]! * centre;
    let d = source[middle + i + 3]! * centre;
    for (let k = radius; k > 0; k -= 1) {
      const weight = weights[k]!;
      const left = before[k]! + i;
      const right = after[k]! + i;
      a += (source[left]! + source[right]!) * weight;
      b += (source[left + 1]! + source[right + 1]!) * weight;
      c += (source[left + 2]! + source[right + 2]!) * weight;
      d += (source[left + 3]! + source[right + 3]!) * weight;
    }
    result[middle + i] = a;
    result[middle + i + 1] = b;
    result[middle + i + 2] = c;
    result[middle + i + 3] = d;
  }
  for (; i < inner; i += 1) {
    let sum = source[middle + i]! * centre;
    for (let k = radius; k > 0; k -= 1) sum += (source[before[k]! + i]! + source[after[k]! + i]!) * weights[k]!;
    result[middle + i] = sum;
  }
}

/** Index of the element that stands for `index` when the line is mirrored with its ends repeated, period 2 · length. */
function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const place = ((index % period) + period) % period;
  return place < length ? place : period - 1 - place;
}
