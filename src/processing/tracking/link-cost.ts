import type { Cell, FilmCells } from './measure-cells.js';
import { medianOf } from './measure-cells.js';
import { neighboursOf } from './neighbours.js';

/** How much cells usually change from one frame to the next: standard deviations. */
export interface ChangeScales {
  /** Way along one axis, pixels. */
  readonly distancePx: number;
  /** Logarithm of the ratio of areas. */
  readonly area: number;
  /** Logarithm of the ratio of intensities. */
  readonly intensity: number;
}

/** Outlines and noise change a little even where cells do not: way as a part of the diameter, and logarithms. */
const LEAST = { distance: 0.05, area: 0.1, intensity: 0.1 };
/** Median of a way in the plane, over its standard deviation along one axis (Rayleigh). */
const WAY_MEDIAN = 1.1774;
/** Standard deviation over the median of the absolute value (normal). */
const ABSOLUTE_MEDIAN = 1.4826;
/** What it costs to share no pixel with the successor. */
const APART = 2;

/**
 * Learns from the film how much cells change: from pairs of cells of neighbouring frames that are nearest to each other,
 * which are the same cell where cells move less than they are apart. Medians, so that a minority of wrong pairs does no harm.
 */
export function estimateScales(film: FilmCells): ChangeScales {
  const pairs = mutualNeighbours(film);
  const ways = pairs.map(([a, b]) => wayBetween(a, b));
  const areas = pairs.map(([a, b]) => Math.abs(Math.log(b.area / a.area)));
  const intensities = pairs.map(([a, b]) => Math.abs(Math.log(b.intensity / a.intensity)));
  return {
    distancePx: Math.max((medianOf(ways) ?? 0) / WAY_MEDIAN, LEAST.distance * film.diameterPx),
    area: Math.max((medianOf(areas) ?? 0) * ABSOLUTE_MEDIAN, LEAST.area),
    intensity: Math.max((medianOf(intensities) ?? 0) * ABSOLUTE_MEDIAN, LEAST.intensity),
  };
}

/**
 * How unlikely it is that two cells are the same one, as a negative logarithm: 0 for no change. What is
 * far off counts less and less: a few cells move much more than the usual one, and a faulty outline changes area and light at
 * once.
 *
 * @param overlap pixels shared by both over the area of the smaller, 0 … 1
 * @param frames frames from the first to the second cell; a way of chance grows with its root
 */
export function linkCost(a: Cell, b: Cell, overlap: number, scales: ChangeScales, frames = 1): number {
  const deviation = wayBetween(a, b) / (scales.distancePx * Math.sqrt(frames));
  const way = heavyTailed(deviation, 2);
  const area = heavyTailed(Math.log(b.area / a.area) / scales.area);
  const intensity = heavyTailed(Math.log(b.intensity / a.intensity) / scales.intensity);
  return way + area + intensity + APART * (1 - overlap);
}

/** Pixels between the centroids. */
export function wayBetween(a: Cell, b: Cell): number {
  return Math.hypot(b.row - a.row, b.column - a.column);
}

/** Negative logarithm of Student's distribution with three degrees of freedom, in one dimension or two; 0 at 0. */
export function heavyTailed(deviation: number, dimensions = 1): number {
  return ((3 + dimensions) / 2) * Math.log1p(deviation ** 2 / 3);
}

function mutualNeighbours({ cells, start }: FilmCells): [Cell, Cell][] {
  const pairs: [Cell, Cell][] = [];
  for (let frame = 0; frame + 2 < start.length; frame++) {
    const before = cells.slice(start[frame], start[frame + 1]);
    const after = cells.slice(start[frame + 1], start[frame + 2]);
    const forth = nearestOf(before, after);
    const back = nearestOf(after, before);
    for (const [i, j] of forth.entries()) if (j >= 0 && back[j] === i) pairs.push([before[i]!, after[j]!]);
  }
  return pairs;
}

/** For each cell the position of the nearest one in another list; -1 if that is empty. */
function nearestOf(cells: readonly Cell[], others: readonly Cell[]): number[] {
  const neighbours = neighboursOf(others);
  return cells.map(({ row, column }) => {
    if (others.length === 0) return -1;
    for (let reach = 16; ; reach *= 4) {
      const [nearest] = neighbours.within(row, column, reach);
      if (nearest !== undefined) return nearest;
    }
  });
}
