/** An axis of a C-order array: `outer` blocks of `length` lines of `inner` elements. */
export interface AxisLayout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/**
 * Greatest value within `radius` steps along one axis; beyond the ends counts `outside`. Returns a new array.
 *
 * The line is cut into pieces as long as the window; a window then is the end of one piece and the beginning of the next, whose
 * running maxima are known (van Herk 1992; Gil & Werman 1993).
 */
export function maximumAlongAxis(
  source: Float32Array,
  axis: AxisLayout,
  radius: number,
  outside: number,
): Float32Array<ArrayBuffer> {
  const window = 2 * radius + 1;
  const pieces = Math.ceil((axis.length + 2 * radius) / window);
  const forward = new Float32Array(pieces * window * axis.inner);
  const backward = new Float32Array(forward.length);
  const result = new Float32Array(source.length);
  for (let block = 0; block < axis.outer; block += 1) {
    const first = block * axis.length * axis.inner;
    fillLine(forward, source, first, axis, radius, outside);
    backward.set(forward);
    runForward(forward, axis.inner, window);
    runBackward(backward, axis.inner, window);
    const shift = (window - 1) * axis.inner;
    const size = axis.length * axis.inner;
    for (let i = 0; i < size; i += 1) {
      const a = backward[i]!;
      const b = forward[i + shift]!;
      result[first + i] = a > b ? a : b;
    }
  }
  return result;
}

function fillLine(
  line: Float32Array,
  source: Float32Array,
  first: number,
  axis: AxisLayout,
  radius: number,
  outside: number,
): void {
  const size = axis.length * axis.inner;
  const margin = radius * axis.inner;
  line.fill(outside, 0, margin);
  line.set(source.subarray(first, first + size), margin);
  line.fill(outside, margin + size);
}

/** Maxima from the beginning of each piece. */
function runForward(line: Float32Array, inner: number, window: number): void {
  for (let i = inner; i < line.length; i += inner) {
    if ((i / inner) % window === 0) continue;
    for (let k = i; k < i + inner; k += 1) {
      const before = line[k - inner]!;
      if (before > line[k]!) line[k] = before;
    }
  }
}

/** Maxima from the end of each piece. */
function runBackward(line: Float32Array, inner: number, window: number): void {
  for (let i = line.length - 2 * inner; i >= 0; i -= inner) {
    if ((i / inner + 1) % window === 0) continue;
    for (let k = i; k < i + inner; k += 1) {
      const after = line[k + inner]!;
      if (after > line[k]!) line[k] = after;
    }
  }
}
