import type { Volume } from '../array/checks.js';
import type { Piece } from './flood-pieces.js';
import { orderHeights } from './height-order.js';

/** What no flood enters: pixels left out, and the frame around the piece. */
const BLOCKED = -1;

/**
 * A piece laid out for flooding: its bounding box with a frame of one blocked pixel, so that neighbours need no bounds test.
 * Pixels are named by their index in this layout.
 */
export interface FloodGround {
  /** Label, 0 = not reached yet, or negative where no flood goes; the flood writes here. */
  readonly labels: Int32Array;
  /** Whole numbers in the order of the heights; `order · ages + age` is exact for every age below `ages`. */
  readonly order: Uint32Array;
  readonly ages: number;
  /** Index steps to the neighbours across one axis, in raster order. */
  readonly neighbours: Int32Array;
  /** Labelled pixels at the start, in raster order. */
  readonly seeds: Int32Array;
  /** First pixel of each run of the piece, in raster order. */
  readonly runStarts: Int32Array;
}

export type Heights = Float32Array | Float64Array;

export interface Terrain {
  /** Of the whole image, as are the markers. */
  readonly heights: Heights;
  /** Highest first instead of lowest first. */
  readonly inverted: boolean;
  readonly markers: Int32Array;
  readonly volume: Volume;
  /** Whether neighbours may lie in other planes. */
  readonly rank: number;
}

/** @throws {RangeError} if the height of a pixel of the piece is NaN */
export function layGround(terrain: Terrain, piece: Piece): FloodGround {
  const { markers, volume, rank } = terrain;
  const box = boundingBox(piece, volume);
  const width = box.columns + 2;
  const slice = width * (box.rows + 2);
  const planeFrame = rank === 3 ? 1 : 0;
  const labels = new Int32Array(slice * (box.planes + 2 * planeFrame)).fill(BLOCKED);
  const runStarts = new Int32Array(piece.lines.length);
  const seeds: number[] = [];
  let size = 0;
  for (let run = 0; run < runStarts.length; run += 1) {
    const line = piece.lines[run]!;
    const row = (line % volume.rows) - box.row;
    const plane = Math.floor(line / volume.rows) - box.plane;
    const begin = piece.begin[run]!;
    const start = (plane + planeFrame) * slice + (row + 1) * width + 1 + begin - box.column;
    const from = line * volume.columns + begin;
    const length = piece.end[run]! - begin;
    runStarts[run] = start;
    size += length;
    for (let i = 0; i < length; i += 1) {
      const marker = markers[from + i]!;
      labels[start + i] = marker;
      if (marker !== 0) seeds.push(start + i);
    }
  }
  const order = layOrder(terrain, piece, runStarts, size, labels.length);
  const neighbours = Int32Array.from(rank === 3 ? [-slice, -width, -1, 1, width, slice] : [-width, -1, 1, width]);
  return { labels, order, ages: size + 1, neighbours, seeds: Int32Array.from(seeds), runStarts };
}

/** The labels of the piece's pixels, in `target`, which has the size of the image. */
export function liftLabels(
  { labels, runStarts }: FloodGround,
  piece: Piece,
  columns: number,
  target: Int32Array,
): void {
  for (let run = 0; run < runStarts.length; run += 1) {
    const from = runStarts[run]!;
    const to = piece.lines[run]! * columns + piece.begin[run]!;
    const length = piece.end[run]! - piece.begin[run]!;
    for (let i = 0; i < length; i += 1) target[to + i] = labels[from + i]!;
  }
}

/** The order of the heights, laid out as the labels are; only the piece's pixels are set. */
function layOrder(
  { heights, inverted, volume }: Terrain,
  piece: Piece,
  runStarts: Int32Array,
  size: number,
  laidOut: number,
): Uint32Array {
  const own = heights instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  const sign = inverted ? -1 : 1;
  let count = 0;
  for (let run = 0; run < runStarts.length; run += 1) {
    const line = piece.lines[run]! * volume.columns;
    const last = line + piece.end[run]!;
    for (let pixel = line + piece.begin[run]!; pixel < last; pixel += 1) {
      own[count] = sign * heights[pixel]!;
      count += 1;
    }
  }
  const inOrder = orderHeights(own, size + 1);
  const order = new Uint32Array(laidOut);
  count = 0;
  for (let run = 0; run < runStarts.length; run += 1) {
    const start = runStarts[run]!;
    const length = piece.end[run]! - piece.begin[run]!;
    for (let i = 0; i < length; i += 1) order[start + i] = inOrder[count + i]!;
    count += length;
  }
  return order;
}

interface Box extends Volume {
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

function boundingBox({ lines, begin, end }: Piece, { rows }: Volume): Box {
  let [firstRow, lastRow, firstColumn, lastColumn] = [Infinity, -1, Infinity, -1];
  for (let run = 0; run < lines.length; run += 1) {
    const row = lines[run]! % rows;
    if (row < firstRow) firstRow = row;
    if (row > lastRow) lastRow = row;
    if (begin[run]! < firstColumn) firstColumn = begin[run]!;
    if (end[run]! > lastColumn) lastColumn = end[run]!;
  }
  if (lines.length === 0) return { plane: 0, row: 0, column: 0, planes: 0, rows: 0, columns: 0 };
  const plane = Math.floor(lines[0]! / rows);
  const lastPlane = Math.floor(lines.at(-1)! / rows);
  return {
    plane,
    row: firstRow,
    column: firstColumn,
    planes: lastPlane - plane + 1,
    rows: lastRow - firstRow + 1,
    columns: lastColumn - firstColumn,
  };
}
