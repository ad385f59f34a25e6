const EXPONENT_BITS = 5;
const FRACTION_BITS = 10;
const BIAS = 15;

let table: Float32Array | undefined;

/** The value of every float16 bit pattern (IEEE 754 binary16), computed at the first call. */
export function float16Table(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => valueOf(bits));
  return table;
}

function valueOf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> FRACTION_BITS) & ((1 << EXPONENT_BITS) - 1);
  const fraction = (bits & ((1 << FRACTION_BITS) - 1)) / (1 << FRACTION_BITS);
  if (exponent === 0) return sign * fraction * 2 ** (1 - BIAS);
  if (exponent === (1 << EXPONENT_BITS) - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - BIAS);
}
