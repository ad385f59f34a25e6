import { requireRank, shapeText } from '../array/checks.js';
import type { LabelArray, NdArray, TypedArray } from '../array/nd-array.js';
import { regionProps } from '../measure/region-props.js';

/** A cell in one frame. Positions and lengths in pixels. */
export interface Cell {
  readonly frame: number;
  /** Its label in the stack that was measured. */
  readonly label: number;
  readonly area: number;
  readonly row: number;
  readonly column: number;
  /** Mean of the image over the cell, above the median of the frame's background; never less than a small positive part. */
  readonly intensity: number;
  /** 0 for a circle, towards 1 for a line. */
  readonly eccentricity: number;
  /** Whether it touches the edge of the image, where cells come and go. */
  readonly atBorder: boolean;
}

/** The cells of a film, frame by frame; within a frame by ascending label. */
export interface FilmCells {
  readonly cells: readonly Cell[];
  /** Frame t holds cells `start[t]` up to, not including, `start[t + 1]`. */
  readonly start: readonly number[];
  /** Median over all cells of the diameter of the circle of the same area; 1 if there are none. */
  readonly diameterPx: number;
}

/** Images whose elements are numbers. */
export type NumberStack = NdArray<Exclude<TypedArray, BigInt64Array | BigUint64Array>>;

/** A cell may be as dark as its surroundings; ratios of intensities need a floor, as a part of the usual cell's. */
const DARKEST_PART = 0.02;
/** The same where nothing is brighter than its surroundings. */
const DARKEST = 1e-9;
/** The median of the background is taken over at most about this many pixels of a frame. */
const BACKGROUND_SAMPLE = 20_000;

/**
 * Measures every cell of a film. O(pixels).
 *
 * @param labels int32 (frames, rows, columns); values < 1 are background
 * @param raw (frames, rows, columns) or (frames, rows, columns, 1), any numeric dtype
 * @throws {RangeError} for other shapes
 */
export function measureCells(labels: LabelArray, raw: NumberStack): FilmCells {
  checkShapes(labels, raw);
  const [frames, rows, columns] = labels.shape as [number, number, number];
  const cells: Cell[] = [];
  const start = [0];
  for (let frame = 0; frame < frames; frame++) {
    const plane = labels.data.subarray(frame * rows * columns, (frame + 1) * rows * columns);
    const pixels = raw.data.subarray(frame * rows * columns, (frame + 1) * rows * columns);
    cells.push(...measureFrame(frame, { shape: [rows, columns], data: plane }, pixels));
    start.push(cells.length);
  }
  const diameters = cells.map(({ area }) => Math.sqrt((4 * area) / Math.PI));
  return { cells, start, diameterPx: medianOf(diameters) ?? 1 };
}

/** The middle number, the lower one of two; undefined without numbers. */
export function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function measureFrame(frame: number, labels: LabelArray, raw: NumberStack['data']): Cell[] {
  const [rows, columns] = labels.shape as [number, number];
  const regions = regionProps(labels, { shape: [rows, columns, 1], data: raw });
  const background = backgroundOf(labels.data, raw);
  const usual = medianOf(regions.map(({ meanIntensity }) => meanIntensity[0]! - background)) ?? 0;
  const floor = Math.max(Math.abs(usual) * DARKEST_PART, DARKEST);
  return regions.map(({ label, area, centroid, bbox, meanIntensity, eccentricity }) => ({
    frame,
    label,
    area,
    row: centroid[0],
    column: centroid[1],
    intensity: Math.max(meanIntensity[0]! - background, floor),
    eccentricity,
    atBorder: bbox[0] === 0 || bbox[1] === 0 || bbox[2] === rows || bbox[3] === columns,
  }));
}

function backgroundOf(labels: Int32Array, raw: NumberStack['data']): number {
  const step = Math.max(1, Math.floor(labels.length / BACKGROUND_SAMPLE));
  const values: number[] = [];
  for (let i = 0; i < labels.length; i += step) if (labels[i]! < 1) values.push(raw[i]!);
  return medianOf(values) ?? 0;
}

function checkShapes(labels: LabelArray, raw: NumberStack): void {
  requireRank('tracking', 'the label stack', labels, [3]);
  const [frames, rows, columns] = labels.shape;
  const [rawFrames, rawRows, rawColumns, channels = 1] = raw.shape;
  const fits = rawFrames === frames && rawRows === rows && rawColumns === columns && channels === 1;
  if (!fits || raw.shape.length < 3 || raw.shape.length > 4) {
    throw new RangeError(
      `tracking: images of shape ${shapeText(raw.shape)} beside labels of ${shapeText(labels.shape)}; ` +
        '(frames, rows, columns) of the same lengths is accepted',
    );
  }
}
