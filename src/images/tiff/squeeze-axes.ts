import type { Axes } from '../raster.js';

/** Leaves out axes of length 1 other than X and Y. */
export function squeeze(axes: Axes, shape: readonly number[]): { axes: Axes; shape: number[] } {
  const kept = shape.flatMap((length, index) =>
    axes[index] === 'X' || axes[index] === 'Y' || length > 1 ? [index] : [],
  );
  return { axes: kept.map((index) => axes[index]).join(''), shape: kept.map((index) => shape[index]!) };
}
