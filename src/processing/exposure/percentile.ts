import { orderStatistics } from '../structures/order-statistics.js';

/**
 * The value below which `percent` of the numbers lie, interpolated linearly between the two nearest: position (n − 1) · percent / 100
 * in ascending order.
 *
 * @param values  at least one, not NaN; left as they are
 * @param percent 0 … 100
 * @returns float64
 * @throws {RangeError} if there are no values, or `percent` lies outside
 * @see numpy `percentile(method='linear')`: equal to the bit
 */
export function percentile(values: Float32Array, percent: number): number {
  if (!(percent >= 0 && percent <= 100)) {
    throw new RangeError(`percentile: ${percent} percent; 0 to 100 is accepted`);
  }
  if (values.length === 0) throw new RangeError('percentile: there are no values');
  const position = (values.length - 1) * (percent / 100);
  const below = Math.floor(position);
  const above = Math.min(below + 1, values.length - 1);
  const fraction = position - below;
  const [low, high] = orderStatistics(values, [below, above]) as [number, number];
  const step = Math.fround(high - low);
  return fraction < 0.5 ? low + step * fraction : high - step * (1 - fraction);
}
