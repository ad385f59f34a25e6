import type { AxisTiling, TileInfo } from '../../src/processing/transform/tile.js';
import type { GoldenCase } from './golden-case.js';

/** How the reference describes its tiles: x is our row axis, and every tile is listed. */
interface ReferenceTiling {
  readonly batches: readonly number[];
  readonly x_starts: readonly number[];
  readonly y_starts: readonly number[];
  readonly overlaps_x: readonly (readonly number[])[];
  readonly overlaps_y: readonly (readonly number[])[];
  readonly stride_x: number;
  readonly stride_y: number;
  readonly image_shape: readonly number[];
  readonly pad_x: readonly number[];
  readonly pad_y: readonly number[];
}

/** @throws {TypeError} if a case tells how its image was tiled and we tiled it otherwise */
export function requireSameTiling(golden: GoldenCase, { rows, columns }: TileInfo): void {
  const reference = golden.file.info as ReferenceTiling | undefined;
  if (!reference) return;
  const tilesOfImage = rows.starts.length * columns.starts.length;
  reference.batches.forEach((_, tile) => {
    const row = Math.floor((tile % tilesOfImage) / columns.starts.length);
    const column = tile % columns.starts.length;
    same(`start of tile ${tile}`, startAndOverlaps(rows, row), [reference.x_starts[tile], reference.overlaps_x[tile]]);
    same(`start of tile ${tile}`, startAndOverlaps(columns, column), [
      reference.y_starts[tile],
      reference.overlaps_y[tile],
    ]);
  });
  same('strides', [rows.stride, columns.stride], [reference.stride_x, reference.stride_y]);
  same('padded size', [rows.paddedSize, columns.paddedSize], reference.image_shape.slice(1, 3));
  same('padding of rows', [rows.padBefore, rows.padAfter], reference.pad_x);
  same('padding of columns', [columns.padBefore, columns.padAfter], reference.pad_y);
}

function startAndOverlaps(axis: AxisTiling, tile: number): unknown {
  return [axis.starts[tile], axis.overlaps[tile]];
}

function same(what: string, ours: unknown, theirs: unknown): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new TypeError(`${what}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`);
}
