/** Lines that are computed together: neighbouring results share most of what they add up. */
const TOGETHER = 4;

/** Part of an array: `rows` lines of `columns` elements from element `first`. */
export interface PlanePart {
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Convolves a plane with a symmetric kernel, first down the columns, then along the rows, into the same place of `target`.
 *
 * Each result is centre · w₀ plus (before + after) · w from the outermost pair inwards, in float64, stored as float32 after each
 * of the two; beyond the border the plane is mirrored with its edge repeated.
 *
 * @param weights of the centre and of the elements 1, 2, … away
 */
export function convolvePlane(
  source: Float32Array,
  target: Float32Array,
  part: PlanePart,
  weights: Float64Array,
): void {
  const { first, rows, columns } = part;
  const radius = weights.length - 1;
  const lineLength = columns + 2 * radius;
  const lines = new Float32Array(TOGETHER * lineLength);
  const offsets = new Int32Array(2 * radius + TOGETHER);
  for (let row = 0; row < rows; row += TOGETHER) {
    for (let k = 0; k < offsets.length; k += 1) offsets[k] = first + mirrored(row - radius + k, rows) * columns;
    combineLines(source, offsets, columns, weights, lines, radius, lineLength);
    const count = Math.min(TOGETHER, rows - row);
    for (let k = 0; k < count; k += 1) {
      mirrorEnds(lines, k * lineLength, columns, radius);
      convolveLine(lines, k * lineLength, target, first + (row + k) * columns, columns, weights);
    }
  }
}

/** Convolves across the planes of a volume; the same sums. Returns a new array. */
export function convolvePlanes(source: Float32Array, planes: number, weights: Float64Array): Float32Array<ArrayBuffer> {
  const radius = weights.length - 1;
  const size = planes === 0 ? 0 : source.length / planes;
  const result = new Float32Array(source.length);
  const group = new Float32Array(TOGETHER * size);
  const offsets = new Int32Array(2 * radius + TOGETHER);
  for (let plane = 0; plane < planes; plane += TOGETHER) {
    for (let k = 0; k < offsets.length; k += 1) offsets[k] = mirrored(plane - radius + k, planes) * size;
    combineLines(source, offsets, size, weights, group, 0, size);
    result.set(group.subarray(0, Math.min(TOGETHER, planes - plane) * size), plane * size);
  }
  return result;
}

/**
 * Four lines of results from the source lines that begin at `offsets` (the first result's outermost line first), to element `start`
 * of `target` and every `stride` after it. A line lies between its neighbours, so from tap to tap only two elements are new.
 */
function combineLines(
  source: Float32Array,
  offsets: Int32Array,
  length: number,
  weights: Float64Array,
  target: Float32Array,
  start: number,
  stride: number,
): void {
  const radius = weights.length - 1;
  const centre = weights[0]!;
  for (let i = 0; i < length; i += 1) {
    let a = source[offsets[radius]! + i]! * centre;
    let b = source[offsets[radius + 1]! + i]! * centre;
    let c = source[offsets[radius + 2]! + i]! * centre;
    let d = source[offsets[radius + 3]! + i]! * centre;
    let beforeB = source[offsets[0]! + i]!;
    let beforeC = source[offsets[1]! + i]!;
    let beforeD = source[offsets[2]! + i]!;
    let afterA = source[offsets[2 * radius + 1]! + i]!;
    let afterB = source[offsets[2 * radius + 2]! + i]!;
    let afterC = source[offsets[2 * radius + 3]! + i]!;
    for (let k = radius; k > 0; k -= 1) {
      const weight = weights[k]!;
      const beforeA = beforeB;
      beforeB = beforeC;
      beforeC = beforeD;
      beforeD = source[offsets[radius + 3 - k]! + i]!;
      const afterD = afterC;
      afterC = afterB;
      afterB = afterA;
      afterA = source[offsets[radius + k]! + i]!;
      a += (beforeA + afterA) * weight;
      b += (beforeB + afterB) * weight;
      c += (beforeC + afterC) * weight;
      d += (beforeD + afterD) * weight;
    }
    const place = start + i;
    target[place] = a;
    target[place + stride] = b;
    target[place + 2 * stride] = c;
    target[place + 3 * stride] = d;
  }
}

/** One line of results from a line with `radius` elements more at both ends, four at a time in the same way. */
function convolveLine(
  line: Float32Array,
  begin: number,
  target: Float32Array,
  first: number,
  columns: number,
  weights: Float64Array,
): void {
  const radius = weights.length - 1;
  const centre = weights[0]!;
  let i = 0;
  for (; i + 3 < columns; i += TOGETHER) {
    const left = begin + i;
    const middle = left + radius;
    const right = middle + radius;
    let a = line[middle]! * centre;
    let b = line[middle + 1]! * centre;
    let c = line[middle + 2]! * centre;
    let d = line[middle + 3]! * centre;
    let beforeB = line[left]!;
    let beforeC = line[left + 1]!;
    let beforeD = line[left + 2]!;
    let afterA = line[right + 1]!;
    let afterB = line[right + 2]!;
    let afterC = line[right + 3]!;
    for (let k = radius; k > 0; k -= 1) {
      const weight = weights[k]!;
      const beforeA = beforeB;
      beforeB = beforeC;
      beforeC = beforeD;
      beforeD = line[middle + 3 - k]!;
      const afterD = afterC;
      afterC = afterB;
      afterB = afterA;
      afterA = line[middle + k]!;
      a += (beforeA + afterA) * weight;
      b += (beforeB + afterB) * weight;
      c += (beforeC + afterC) * weight;
      d += (beforeD + afterD) * weight;
    }
    target[first + i] = a;
    target[first + i + 1] = b;
    target[first + i + 2] = c;
    target[first + i + 3] = d;
  }
  for (; i < columns; i += 1) {
    const middle = begin + i + radius;
    let sum = line[middle]! * centre;
    for (let k = radius; k > 0; k -= 1) sum += (line[middle - k]! + line[middle + k]!) * weights[k]!;
    target[first + i] = sum;
  }
}

function mirrorEnds(line: Float32Array, begin: number, columns: number, radius: number): void {
  const first = begin + radius;
  for (let k = 1; k <= radius; k += 1) {
    line[first - k] = line[first + mirrored(-k, columns)]!;
    line[first + columns - 1 + k] = line[first + mirrored(columns - 1 + k, columns)]!;
  }
}

/** Index of the element that stands for `index` when the line is mirrored with its ends repeated, period 2 · length. */
function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const place = ((index % period) + period) % period;
  return place < length ? place : period - 1 - place;
}
