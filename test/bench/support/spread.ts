/** The middle of several measurements, with the least and the greatest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Figures are kept to so many significant digits: no measurement here is better than that. */
const DIGITS = 5;

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: rounded(quantile(sorted, 0.5)),
    min: rounded(sorted[0] ?? Number.NaN),
    max: rounded(sorted.at(-1) ?? Number.NaN),
    runs: sorted.length,
  };
}

/** Linear between neighbours. @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position % 1);
}

/** A figure that was counted or read once. */
export function single(value: number): Spread {
  return spreadOf([value]);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
