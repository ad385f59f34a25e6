import type { LabelArray } from '../../processing/array/nd-array.js';
import { labelParts } from '../../processing/measure/label-parts.js';

/**
 * Corners of a closed line along pixel edges: x, y, x, y … Whole numbers; (0, 0) is the upper left corner of the upper
 * left pixel, y grows downwards. Neighbouring corners differ in one coordinate; the first is not repeated at the end.
 */
export type Ring = Int32Array;

/** One connected part of a cell: its outer ring, then those of its holes. */
export type Polygon = readonly Ring[];

export interface CellOutline {
  readonly label: number;
  /** One for each part, in raster order; parts that touch at a corner only are two. */
  readonly polygons: readonly Polygon[];
}

/** The sides of a pixel in the order in which they are walked, with the pixel to the right of the way. */
const TOP = 0;
const STEP_ROW = [0, 1, 0, -1] as const;
const STEP_COLUMN = [1, 0, -1, 0] as const;

/**
 * The exact outlines of all cells: filling them gives back the label image, pixel for pixel.
 *
 * Outer rings run clockwise as seen on the screen (their area by the shoelace formula is positive), holes the other way.
 * No ring meets itself, not even at a corner; rings of one polygon touch at single corners at most. Cost: one pass over
 * the pixels and one step for each pixel edge between different labels.
 *
 * @param labels int32, shape (rows, columns); values < 1 are background
 * @returns one entry for each label, ascending
 */
export function traceOutlines(labels: LabelArray): CellOutline[] {
  const { parts, count } = labelParts(labels);
  const [, columns = 0] = labels.shape;
  const visited = new Uint8Array(parts.data.length);
  const rings: Ring[][] = Array.from({ length: count }, () => []);
  const labelOf = new Int32Array(count);
  for (let at = 0; at < parts.data.length; at += 1) {
    const part = parts.data[at]!;
    if (part === 0 || visited[at] === 1 || (at >= columns && parts.data[at - columns] === part)) continue;
    labelOf[part - 1] = labels.data[at]!;
    rings[part - 1]!.push(...traceRing(parts, at, visited));
  }
  const outlines = new Map<number, Polygon[]>();
  for (const [part, polygon] of rings.entries()) {
    const label = labelOf[part]!;
    if (label < 1) continue;
    const polygons = outlines.get(label) ?? [];
    polygons.push(polygon.toSorted((a, b) => Number(isHole(a)) - Number(isHole(b))));
    outlines.set(label, polygons);
  }
  return Array.from(outlines, ([label, polygons]) => ({ label, polygons })).toSorted((a, b) => a.label - b.label);
}

/** Twice the area within a ring by the shoelace formula: positive if it runs clockwise on the screen. */
export function doubleArea(ring: Ring): number {
  let sum = 0;
  for (let i = 0, last = ring.length - 2; i < ring.length; last = i, i += 2) {
    sum += ring[last]! * ring[i + 1]! - ring[i]! * ring[last + 1]!;
  }
  return sum;
}

function isHole(ring: Ring): boolean {
  return doubleArea(ring) < 0;
}

/**
 * Walks along the edges of a part from the top side of a pixel until it comes back there. Where the part meets itself at
 * a corner the walk stays with its pixel, and the ring is cut there.
 */
function traceRing(parts: LabelArray, start: number, visited: Uint8Array): Ring[] {
  const [rows, columns] = parts.shape as [number, number];
  const part = parts.data[start]!;
  const isPart = (row: number, column: number): boolean =>
    row >= 0 && row < rows && column >= 0 && column < columns && parts.data[row * columns + column] === part;
  const corners: number[] = [];
  let meetsItself = false;
  let row = Math.floor(start / columns);
  let column = start % columns;
  let side = TOP;
  do {
    if (side === TOP) visited[row * columns + column] = 1;
    const aheadRow = row + STEP_ROW[side]!;
    const aheadColumn = column + STEP_COLUMN[side]!;
    const outward = (side + 3) % 4;
    const besideRow = aheadRow + STEP_ROW[outward]!;
    const besideColumn = aheadColumn + STEP_COLUMN[outward]!;
    const beside = isPart(besideRow, besideColumn);
    if (!isPart(aheadRow, aheadColumn)) {
      corners.push(...cornerBehind(row, column, side));
      if (beside) meetsItself = true;
      side = (side + 1) % 4;
    } else if (beside) {
      corners.push(...cornerBehind(row, column, side));
      row = besideRow;
      column = besideColumn;
      side = outward;
    } else {
      row = aheadRow;
      column = aheadColumn;
    }
  } while (side !== TOP || row * columns + column !== start);
  return meetsItself ? cutAtRepeats(corners) : [Int32Array.from(corners)];
}

/** The corner at the end of a pixel's side, as x and y. */
function cornerBehind(row: number, column: number, side: number): [x: number, y: number] {
  return [side === 0 || side === 1 ? column + 1 : column, side === 1 || side === 2 ? row + 1 : row];
}

/** Cuts a ring that passes a corner twice into rings that do not. */
function cutAtRepeats(corners: readonly number[]): Ring[] {
  const rings: Ring[] = [];
  const open: number[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < corners.length; i += 2) {
    const key = `${corners[i]!},${corners[i + 1]!}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const loop = open.splice(earlier);
      for (let j = 0; j < loop.length; j += 2) seen.delete(`${loop[j]!},${loop[j + 1]!}`);
      rings.push(Int32Array.from(loop));
    }
    seen.set(key, open.length);
    open.push(corners[i]!, corners[i + 1]!);
  }
  rings.push(Int32Array.from(open));
  return rings;
}
