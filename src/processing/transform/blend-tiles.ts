import type { FloatArray } from '../array/nd-array.js';
import type { HaloAxis, HaloPlan, HaloTile } from './halo-plan.js';
import { checkPrediction } from './halo-tiles.js';

/** For each tile of a plan the weights of its rows and columns. */
export interface BlendWeights {
  readonly rows: readonly Float64Array[];
  readonly columns: readonly Float64Array[];
  readonly plan: HaloPlan;
}

/**
 * Weights for models whose receptive field is not known: instead of a hard cut, neighbours fade into each other around
 * it. At every pixel the weights of all tiles add up to 1 (to float64 rounding).
 */
export function blendWeights(plan: HaloPlan): BlendWeights {
  return { rows: axisWeights(plan.rows), columns: axisWeights(plan.columns), plan };
}

/**
 * Adds a tile's weighted result to the result of the whole image, which starts as zeros and is complete when every tile
 * of the plan was added once.
 *
 * @param result (rows, columns, channels) of the image; added to
 * @param prediction (tile.rows, tile.columns, channels): what a model made of the tile
 * @throws {RangeError} if the shapes do not fit, or the tile is not one of the plan
 */
export function blendTile(result: FloatArray, weights: BlendWeights, tile: HaloTile, prediction: FloatArray): void {
  checkPrediction('blendTile', result, tile, prediction);
  const byRow = weights.rows[weights.plan.rows.starts.indexOf(tile.row)];
  const byColumn = weights.columns[weights.plan.columns.starts.indexOf(tile.column)];
  if (!byRow || !byColumn) throw new RangeError(`blendTile: no tile of the plan starts at ${tile.row}, ${tile.column}`);
  const [height, width, channels] = result.shape as [number, number, number];
  const firstRow = Math.max(0, -tile.row);
  const lastRow = Math.min(tile.rows, height - tile.row);
  const columns = columnSpans(byColumn, Math.max(0, -tile.column), Math.min(tile.columns, width - tile.column));
  const { begin, wholeBegin, wholeEnd, end } = columns;
  for (let row = firstRow; row < lastRow; row++) {
    const weight = byRow[row]!;
    if (weight === 0) continue;
    const source = row * tile.columns * channels;
    const target = ((tile.row + row) * width + tile.column) * channels;
    if (weight === 1) {
      // Where a tile has all the weight no other has any: nothing to add to.
      const whole = prediction.data.subarray(source + wholeBegin * channels, source + wholeEnd * channels);
      result.data.set(whole, target + wholeBegin * channels);
      addWeighted(result.data, target, prediction.data, source, { byColumn, weight, channels, begin, end: wholeBegin });
      addWeighted(result.data, target, prediction.data, source, { byColumn, weight, channels, begin: wholeEnd, end });
    } else {
      addWeighted(result.data, target, prediction.data, source, { byColumn, weight, channels, begin, end });
    }
  }
}

interface Span {
  readonly byColumn: Float64Array;
  /** Of the row. */
  readonly weight: number;
  readonly channels: number;
  readonly begin: number;
  readonly end: number;
}

/** Adds columns `begin` to `end` of one row; `target` and `source` are where the row begins. */
function addWeighted(into: Float32Array, target: number, from: Float32Array, source: number, span: Span): void {
  const { byColumn, weight, channels, begin, end } = span;
  if (channels === 1) {
    for (let column = begin; column < end; column++) {
      into[target + column] = into[target + column]! + weight * byColumn[column]! * from[source + column]!;
    }
    return;
  }
  for (let column = begin; column < end; column++) {
    const factor = weight * byColumn[column]!;
    const last = (column + 1) * channels;
    for (let c = column * channels; c < last; c++) {
      into[target + c] = into[target + c]! + factor * from[source + c]!;
    }
  }
}

/** Columns with any weight, `begin` to `end`, and in their middle those with all of it. */
function columnSpans(weights: Float64Array, first: number, last: number) {
  let begin = first;
  while (begin < last && weights[begin] === 0) begin++;
  let end = last;
  while (end > begin && weights[end - 1] === 0) end--;
  let wholeBegin = begin;
  while (wholeBegin < end && weights[wholeBegin] !== 1) wholeBegin++;
  let wholeEnd = wholeBegin;
  while (wholeEnd < end && weights[wholeEnd] === 1) wholeEnd++;
  return { begin, wholeBegin, wholeEnd, end };
}

function axisWeights(axis: HaloAxis): Float64Array[] {
  const { starts, cuts, size } = axis;
  return starts.map((start, i) => {
    const rise = i > 0 ? fadeRadius(axis, i) : 0;
    const fall = i < starts.length - 1 ? fadeRadius(axis, i + 1) : 0;
    return Float64Array.from({ length: size }, (_, k) => {
      const position = start + k;
      const risen = i === 0 ? 1 : fade(position, cuts[i]!, rise);
      const fallen = i === starts.length - 1 ? 0 : fade(position, cuts[i + 1]!, fall);
      return risen - fallen;
    });
  });
}

/**
 * To either side of a cut. Wide enough that no step shows; narrow enough that what counts of a tile keeps away from its rim, where
 * the model sees least, and that most of it is copied in one go.
 */
const WIDEST_FADE_PX = 16;

/** How far around cut `i` both tiles exist and no other fade begins, within bounds. */
function fadeRadius({ starts, cuts, size }: HaloAxis, i: number): number {
  const overlap = starts[i - 1]! + size - starts[i]!;
  const toNeighbour = Math.min(cuts[i]! - cuts[i - 1]!, cuts[i + 1]! - cuts[i]!);
  return Math.min(WIDEST_FADE_PX, Math.floor(Math.min(overlap, toNeighbour) / 2));
}

/** 0 before the cut, 1 after it, a smooth step over `radius` pixels to either side. */
function fade(position: number, cut: number, radius: number): number {
  if (position < cut - radius) return 0;
  if (position >= cut + radius) return 1;
  const t = (position - (cut - radius) + 0.5) / (2 * radius);
  return t * t * (3 - 2 * t);
}
