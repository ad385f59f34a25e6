/**
 * IEEE 754 binary16 and bfloat16 as 16-bit patterns, to and from float32. To 16 bits: round to nearest, ties to
 * even; overflow gives infinity; NaN stays NaN. To 32 bits: exact.
 */
export function float16ToFloat32(patterns: Uint16Array): Float32Array {
  const table = float16Table();
  const out = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) out[i] = table[patterns[i]!]!;
  return out;
}

export function float16FromFloat32(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = float16Bits(bits[i]!);
  return out;
}

export function bfloat16ToFloat32(patterns: Uint16Array): Float32Array {
  const out = new Float32Array(patterns.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = patterns[i]! << 16;
  return out;
}

export function bfloat16FromFloat32(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = bfloat16Bits(bits[i]!);
  return out;
}

/** All 65,536 values, made at the first use: a look-up per element is several times faster than arithmetic. */
let table: Float32Array | undefined;

function float16Table(): Float32Array {
  if (table) return table;
  table = new Float32Array(0x10000);
  for (let pattern = 0; pattern < 0x10000; pattern++) table[pattern] = float16Value(pattern);
  return table;
}

function float16Value(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Bounds are float32 patterns: 65520 rounds to infinity, 2^-14 is the least normal half, up to 2^-25 rounds to 0. */
function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const quotient = significand >>> shift;
  const remainder = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const up = remainder > half || (remainder === half && (quotient & 1) === 1);
  return sign | (up ? quotient + 1 : quotient);
}

function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
