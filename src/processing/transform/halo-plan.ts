export interface HaloOptions {
  /** Rows and columns of a tile, in pixels. */
  readonly tileSize: readonly [rows: number, columns: number];
  /** How far, in pixels, a model looks: kept pixels lie at least this far inside their tile. */
  readonly halo: number;
  /** Tiles start at multiples of this many pixels: the product of the model's strides. Default 1. */
  readonly multipleOf?: number;
  /** The model takes tiles of exactly `tileSize`. Default false: of any size up to it. */
  readonly fixedSize?: boolean;
  /** The model takes sizes that are multiples of this only (matters unless `fixedSize`). Default 1. */
  readonly sizeMultipleOf?: number;
}

/** One axis of the plan. Tile `i` covers `size` pixels from `starts[i]`; pixels from `cuts[i]` to `cuts[i + 1]` are kept. */
export interface HaloAxis {
  /** Pixels of the image. */
  readonly length: number;
  readonly size: number;
  /** Positions in the image; negative, or reaching beyond its end, where it has to be padded. */
  readonly starts: readonly number[];
  /** One more than tiles, from 0 to `length`. */
  readonly cuts: readonly number[];
}

/** A way to cut an image so that models see enough around each pixel that is kept. */
export interface HaloPlan {
  readonly rows: HaloAxis;
  readonly columns: HaloAxis;
  readonly tiles: number;
}

/** One tile: where it is cut from, and which part of the image its result is kept for. */
export interface HaloTile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly keep: { readonly row: number; readonly column: number; readonly rows: number; readonly columns: number };
}

/**
 * Plans tiles of one size for an image. The kept parts partition the image; every kept pixel lies at least `halo` inside
 * its tile unless the tile reaches the image's border there. For a model whose receptive field is within `halo`, and
 * whose strides divide `multipleOf`, the result is that of the whole image at once.
 *
 * The last tile is moved inwards to end at the image's border. Where that would leave the grid of `multipleOf`, tiles are
 * made smaller by less than one multiple; a model of fixed size (or fixed size multiples) gets reflected pixels beyond
 * the border instead, as does an image smaller than such a tile (half before, half after).
 *
 * @param shape rows and columns of the image, ≥ 1
 * @throws {RangeError} if a tile leaves nothing to keep: it must measure at least 2 · halo + multipleOf
 */
export function planHaloTiles(shape: readonly [rows: number, columns: number], options: HaloOptions): HaloPlan {
  const { halo, multipleOf = 1, sizeMultipleOf = 1 } = options;
  for (const [name, value, least] of [
    ['rows', shape[0], 1],
    ['columns', shape[1], 1],
    ['tile rows', options.tileSize[0], 1],
    ['tile columns', options.tileSize[1], 1],
    ['halo', halo, 0],
    ['multipleOf', multipleOf, 1],
    ['sizeMultipleOf', sizeMultipleOf, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`planHaloTiles: ${name} of ${value}; a whole number ≥ ${least} is accepted`);
    }
  }
  const rows = planAxis(shape[0], options.tileSize[0], options);
  const columns = planAxis(shape[1], options.tileSize[1], options);
  return { rows, columns, tiles: rows.starts.length * columns.starts.length };
}

/** Tile number `index` of a plan, 0 ≤ index < `plan.tiles`, row by row. */
export function haloTile(plan: HaloPlan, index: number): HaloTile {
  if (!Number.isInteger(index) || index < 0 || index >= plan.tiles) {
    throw new RangeError(`haloTile: number ${index} of a plan of ${plan.tiles} tiles`);
  }
  const { rows, columns } = plan;
  const i = Math.floor(index / columns.starts.length);
  const j = index % columns.starts.length;
  const row = rows.cuts[i]!;
  const column = columns.cuts[j]!;
  return {
    row: rows.starts[i]!,
    column: columns.starts[j]!,
    rows: rows.size,
    columns: columns.size,
    keep: { row, column, rows: rows.cuts[i + 1]! - row, columns: columns.cuts[j + 1]! - column },
  };
}

function planAxis(length: number, tileSize: number, options: HaloOptions): HaloAxis {
  const { halo, multipleOf = 1, sizeMultipleOf = 1, fixedSize = false } = options;
  const largest = fixedSize ? tileSize : Math.max(tileSize - (tileSize % sizeMultipleOf), sizeMultipleOf);
  if (length <= largest) {
    const size = fixedSize ? largest : Math.ceil(length / sizeMultipleOf) * sizeMultipleOf;
    const before = Math.floor(Math.floor((size - length) / 2) / multipleOf) * multipleOf;
    return { length, size, starts: [0 - before], cuts: [0, length] };
  }
  const size = sizeThatEndsAtBorder(length, largest, multipleOf, fixedSize ? largest : sizeMultipleOf);
  const step = Math.floor((size - 2 * halo) / multipleOf) * multipleOf;
  if (step < multipleOf) {
    throw new RangeError(
      `planHaloTiles: a tile of ${size} pixels with a halo of ${halo} leaves nothing to keep; ` +
        `tiles of at least ${2 * halo + 2 * multipleOf - 1} pixels, or a smaller halo, are accepted`,
    );
  }
  const last = Math.ceil((length - size) / multipleOf) * multipleOf;
  const starts = [0];
  while (starts.at(-1)! < last) starts.push(Math.min(starts.at(-1)! + step, last));
  // Neighbours share at least two halos; the cut lies in the middle.
  const cuts = starts.map((start, i) => (i === 0 ? 0 : Math.floor((start + starts[i - 1]! + size) / 2)));
  return { length, size, starts, cuts: [...cuts, length] };
}

/** The greatest size whose last tile starts on the grid and ends at the border; `largest` if sizes cannot be chosen. */
function sizeThatEndsAtBorder(length: number, largest: number, multipleOf: number, sizeMultipleOf: number): number {
  const size = largest - ((((largest - length) % multipleOf) + multipleOf) % multipleOf);
  return size > 0 && size % sizeMultipleOf === 0 ? size : largest;
}
