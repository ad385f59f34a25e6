/** Smallest and greatest element. NaN is passed over; both are infinite for no elements. */
export function rangeOf(values: Float32Array | Uint16Array): [least: number, greatest: number] {
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
