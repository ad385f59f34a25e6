import type { Volume } from '../array/checks.js';
import type { Runs } from '../measure/runs.js';
import type { FloodPlot } from './flood-plots.js';
import { rankHeights } from './height-order.js';
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

/** Memory in which one ground after another is laid. */
export class FloodMemory {
  labels = new Int32Array(0);
  ranks = new Uint32Array(0);

  reserve(cells: number): void {
    if (cells <= this.labels.length) return;
    this.labels = new Int32Array(cells);
    this.ranks = new Uint32Array(cells);
  }
}

/**
 * Lays a plot out; a ground that was laid before in the same memory is gone.
 * @throws {RangeError} if the height of a pixel in it is NaN
 */
export function layGround(scene: FloodScene, plot: FloodPlot, memory: FloodMemory): FloodGround {
  const planeFrame = scene.rank === 3 ? 1 : 0;
  const width = plot.size.columns + 2;
  const slice = width * (plot.size.rows + 2);
  const size = slice * (plot.size.planes + 2 * planeFrame);
  const origin = (planeFrame - plot.firstPlane) * slice + (1 - plot.firstRow) * width + 1 - plot.firstColumn;
  const { rows, columns } = scene.volume;
  const cellOf = (row: number, column: number): number =>
    origin + Math.floor(row / rows) * slice + (row % rows) * width + column;
  memory.reserve(size);
  const { labels, ranks } = memory;
  labels.fill(BLOCKED, 0, size);
  const { begin, end, row } = scene.runs;
  const strips: Strips = {
    pixels: plot.runs.map((run) => row[run]! * columns + begin[run]!),
    cells: plot.runs.map((run) => cellOf(row[run]!, begin[run]!)),
    lengths: plot.runs.map((run) => end[run]! - begin[run]!),
  };
  let openCells = 0;
  for (let i = 0; i < strips.cells.length; i += 1) {
    labels.fill(0, strips.cells[i], strips.cells[i]! + strips.lengths[i]!);
    openCells += strips.lengths[i]!;
  }
  const { pixels, labels: numbers } = scene.markers;
  const seeds = plot.pieces.map((markers) => {
    const cells = markers.map((marker) => cellOf(Math.floor(pixels[marker]! / columns), pixels[marker]! % columns));
    for (let i = 0; i < cells.length; i += 1) labels[cells[i]!] = numbers[markers[i]!]!;
    return cells;
  });
  rankHeights(scene, strips, openCells, ranks);
  const neighbours = Int32Array.from(planeFrame === 1 ? [-slice, -width, -1, 1, width, slice] : [-width, -1, 1, width]);
  return { size, labels, ranks, openCells, neighbours, seeds, strips };
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
