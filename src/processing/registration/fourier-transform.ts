/** Transforms one complex signal in place, forward, without scaling: X_k = Σ x_n · exp(−2πi·kn/N). */
export type FourierTransform = (re: Float64Array, im: Float64Array) => void;

/**
 * Prepares the discrete Fourier transform of a length; cost O(n log n) for every n. Powers of two go the radix-2 way,
 * other lengths through a circular convolution of a power of two (Bluestein 1970). Working arrays are shared between
 * calls, so that one prepared transform must not be used by two callers at once.
 *
 * For the inverse swap `re` and `im` and divide by n.
 *
 * @throws {RangeError} unless `length` is a whole number ≥ 1
 */
export function fourierTransform(length: number): FourierTransform {
  if (!Number.isInteger(length) || length < 1) {
    throw new RangeError(`fourierTransform: a length of ${length}; a whole number ≥ 1 is accepted`);
  }
  return (length & (length - 1)) === 0 ? radix2(length) : bluestein(length);
}

function radix2(n: number): FourierTransform {
  const cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sin = Float64Array.from({ length: n / 2 }, (_, k) => Math.sin((-2 * Math.PI * k) / n));
  const reversed = bitReversal(n);
  return (re, im) => {
    for (let i = 0; i < n; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const a = re[i]!;
      const b = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = a;
      im[j] = b;
    }
    for (let half = 1, step = n / 2; half < n; half *= 2, step /= 2) {
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = cos[k * step]!;
          const s = sin[k * step]!;
          const i = start + k;
          const j = i + half;
          const x = re[j]! * c - im[j]! * s;
          const y = re[j]! * s + im[j]! * c;
          re[j] = re[i]! - x;
          im[j] = im[i]! - y;
          re[i] = re[i]! + x;
          im[i] = im[i]! + y;
        }
      }
    }
  };
}

function bitReversal(n: number): Uint32Array {
  const reversed = new Uint32Array(n);
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? n >> 1 : 0);
  return reversed;
}

function bluestein(n: number): FourierTransform {
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  const transform = radix2(m);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  const chirpRe = new Float64Array(m);
  const chirpIm = new Float64Array(m);
  for (let k = 0; k < n; k++) {
    // k² modulo 2n keeps the angle small, and with it exact.
    const angle = (Math.PI * ((k * k) % (2 * n))) / n;
    cos[k] = Math.cos(angle);
    sin[k] = Math.sin(angle);
    chirpRe[k] = cos[k]!;
    chirpIm[k] = sin[k]!;
    if (k > 0) {
      chirpRe[m - k] = cos[k]!;
      chirpIm[m - k] = sin[k]!;
    }
  }
  transform(chirpRe, chirpIm);
  const workRe = new Float64Array(m);
  const workIm = new Float64Array(m);
  return (re, im) => {
    workRe.fill(0);
    workIm.fill(0);
    for (let k = 0; k < n; k++) {
      workRe[k] = re[k]! * cos[k]! + im[k]! * sin[k]!;
      workIm[k] = im[k]! * cos[k]! - re[k]! * sin[k]!;
    }
    transform(workRe, workIm);
    for (let k = 0; k < m; k++) {
      const x = workRe[k]! * chirpRe[k]! - workIm[k]! * chirpIm[k]!;
      workIm[k] = workRe[k]! * chirpIm[k]! + workIm[k]! * chirpRe[k]!;
      workRe[k] = x;
    }
    transform(workIm, workRe); // swapped: the inverse, but for the division by m
    for (let k = 0; k < n; k++) {
      const x = workRe[k]! / m;
      const y = workIm[k]! / m;
      re[k] = x * cos[k]! + y * sin[k]!;
      im[k] = y * cos[k]! - x * sin[k]!;
    }
  };
}
