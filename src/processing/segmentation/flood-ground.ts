import type { Volume } from '../array/checks.js';
import type { Runs } from '../measure/runs.js';
import type { FloodPlot } from './flood-plots.js';
import { rankHeights, RankingMemory } from './height-order.js';
import type { Markers } from './markers.js';

/** What no flood enters: pixels left out, and the frame around a plot. */
const BLOCKED = -1;

/** An image to be flooded. */
export interface FloodScene {
  readonly relief: Float32Array | Float64Array;
  /** 1, or −1 if the relief is to be taken upside down. */
  readonly sign: 1 | -1;
  readonly runs: Runs;
  readonly markers: Markers;
  readonly volume: Volume;
  /** 2 or 3: whether floods go from plane to plane. */
  readonly rank: number;
}

/** Pieces of image rows: where each begins in the image and in the ground. */
export interface Strips {
  readonly pixels: Int32Array;
  readonly cells: Int32Array;
  readonly lengths: Int32Array;
}

/**
 * A plot laid out for flooding, with a frame of one blocked cell, so that neighbours need no bounds test. Arrays may be longer than
 * `size`.
 */
export interface FloodGround {
  readonly size: number;
  /** Label, 0 = not reached yet, or negative where no flood goes; the flood writes here. */
  readonly labels: Int32Array;
  /** How many cells are lower than each. */
  readonly ranks: Uint32Array;
  /** How many cells are not blocked. */
  readonly openCells: number;
  /** Index steps to the neighbours across one axis, in raster order. */
  readonly neighbours: Int32Array;
  /** Marked cells at the start, piece by piece, in raster order. */
  readonly seeds: readonly Int32Array[];
  readonly strips: Strips;
}

/** Memory in which one ground after another is laid: memory that is touched for the first time costs more than what is done in it. */
export class FloodMemory {
  readonly labels: Int32Array;
  readonly ranks: Uint32Array;
  /** Open cells of the largest ground. */
  readonly openCells: number;
  readonly ranking: RankingMemory;

  constructor(scene: FloodScene, plots: readonly FloodPlot[]) {
    let size = 0;
    let openCells = 0;
    for (const plot of plots) {
      size = Math.max(size, frameOf(plot, scene.rank).size);
      openCells = Math.max(openCells, pixelsIn(scene.runs, plot.runs));
    }
    this.labels = new Int32Array(size);
    this.ranks = new Uint32Array(size);
    this.openCells = openCells;
    this.ranking = new RankingMemory(openCells);
  }
}

/**
 * Lays a plot out; a ground that was laid before in the same memory is gone.
 * @throws {RangeError} if the height of a pixel in it is NaN
 */
export function layGround(scene: FloodScene, plot: FloodPlot, memory: FloodMemory): FloodGround {
  const { rows, columns } = scene.volume;
  const { width, slice, size, origin } = frameOf(plot, scene.rank);
  const cellOf = (pixel: number): number => {
    const column = pixel % columns;
    const line = (pixel - column) / columns;
    const row = line % rows;
    return origin + ((line - row) / rows) * slice + row * width + column;
  };
  const { labels, ranks } = memory;
  const { begin, end } = scene.runs;
  const pixels = plot.runs.map((run) => begin[run]!);
  const strips: Strips = {
    pixels,
    cells: pixels.map(cellOf),
    lengths: plot.runs.map((run) => end[run]! - begin[run]!),
  };
  labels.fill(BLOCKED, 0, size);
  const openCells = openStrips(labels, strips);
  rankHeights(scene, strips, openCells, memory.ranking, ranks);
  const seeds = plot.pieces.map((markers) => {
    const cells = markers.map((marker) => cellOf(scene.markers.pixels[marker]!));
    for (let i = 0; i < cells.length; i += 1) labels[cells[i]!] = scene.markers.labels[markers[i]!]!;
    return cells;
  });
  const beside = [-width, -1, 1, width];
  const neighbours = Int32Array.from(scene.rank === 3 ? [-slice, ...beside, slice] : beside);
  return { size, labels, ranks, openCells, neighbours, seeds, strips };
}

/** Where the cells of a plot lie: cell = origin + plane · slice + row · width + column of the image. */
function frameOf({ firstPlane, firstRow, firstColumn, size }: FloodPlot, rank: number) {
  const planeFrame = rank === 3 ? 1 : 0;
  const width = size.columns + 2;
  const slice = width * (size.rows + 2);
  const origin = (planeFrame - firstPlane) * slice + (1 - firstRow) * width + 1 - firstColumn;
  return { width, slice, size: slice * (size.planes + 2 * planeFrame), origin };
}

/** Opens the cells of the strips to floods; returns how many these are. */
function openStrips(labels: Int32Array, { cells, lengths }: Strips): number {
  let count = 0;
  for (let i = 0; i < cells.length; i += 1) {
    const last = cells[i]! + lengths[i]!;
    for (let cell = cells[i]!; cell < last; cell += 1) labels[cell] = 0;
    count += lengths[i]!;
  }
  return count;
}

function pixelsIn({ begin, end }: Runs, runs: Int32Array): number {
  return runs.reduce((sum, run) => sum + end[run]! - begin[run]!, 0);
}

/** Copies the labels into an image. */
export function liftLabels({ labels, strips }: FloodGround, target: Int32Array): void {
  const { pixels, cells, lengths } = strips;
  for (let i = 0; i < pixels.length; i += 1) {
    const shift = pixels[i]! - cells[i]!;
    const last = cells[i]! + lengths[i]!;
    for (let cell = cells[i]!; cell < last; cell += 1) target[cell + shift] = labels[cell]!;
  }
}
