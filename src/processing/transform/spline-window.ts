/**
 * The blending window of one axis of a tile: 1 in the middle, a rising spline over the first `left` samples, a falling
 * one over the last `right`. The splines of two neighbours add up to a constant over their overlap, which is
 * 1/(1 − 1/(2·overlap²)), not 1: overlaps come out brighter by that factor (0.003 % for an overlap of 128).
 *
 * Source: the numbers of `untile_image` of deepcell-toolbox 0.12.1.
 *
 * @param size samples of the tile along this axis
 * @param left, right samples shared with the neighbours; 0 where there is none
 * @param power of the spline; 2 is the usual one
 * @throws {RangeError} if the overlaps do not fit into the tile
 */
export function splineWindow(size: number, left: number, right: number, power = 2): Float64Array {
  if (![size, left, right].every((n) => Number.isInteger(n) && n >= 0) || left + right > size) {
    throw new RangeError(`splineWindow: overlaps of ${left} and ${right} do not fit into ${size} samples`);
  }
  const window = new Float64Array(size).fill(1);
  const rising = risingHalf(left, power);
  for (let i = 0; i < left; i++) window[i] = rising[i]!;
  const falling = risingHalf(right, power);
  for (let i = 0; i < right; i++) window[size - 1 - i] = falling[i]!;
  return window;
}

/** First half of the symmetric window of 2·n samples; its maximum is 1. */
function risingHalf(n: number, power: number): Float64Array {
  const half = new Float64Array(n);
  const quarter = Math.floor(n / 2);
  let greatest = 0;
  for (let i = 0; i < n; i++) {
    const triangle = (2 * i + 1) / (2 * n);
    const value = i < quarter ? Math.abs(2 * triangle) ** power / 2 : 1 - Math.abs(2 * (triangle - 1)) ** power / 2;
    half[i] = value;
    greatest = Math.max(greatest, value);
  }
  for (let i = 0; i < n; i++) half[i] = half[i]! / greatest;
  return half;
}
