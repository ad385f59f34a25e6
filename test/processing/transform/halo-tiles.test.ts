import { describe, expect, test } from '@jest/globals';
import { assert, boolean, integer, property, record } from 'fast-check';
import type { FloatArray } from '../../../src/processing/array/nd-array.js';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { blendTile, blendWeights } from '../../../src/processing/transform/blend-tiles.js';
import type { HaloOptions } from '../../../src/processing/transform/halo-plan.js';
import { haloTile, planHaloTiles } from '../../../src/processing/transform/halo-plan.js';
import { extractTile, haloTiles, placeTile } from '../../../src/processing/transform/halo-tiles.js';
import { localModel, RECEPTIVE_FIELD, STRIDE } from './local-model.js';

function field(rows: number, columns: number): FloatArray {
  const data = Float32Array.from(
    { length: rows * columns },
    (_, i) => Math.round(1000 * Math.sin((i % columns) / 5) * Math.cos(i / columns / 7)) + (i % 13),
  );
  return ndArray(data, [rows, columns, 1]);
}

function throughTiles(image: FloatArray, options: HaloOptions, model: (tile: FloatArray) => FloatArray): FloatArray {
  const plan = planHaloTiles([image.shape[0]!, image.shape[1]!], options);
  const result = ndArray(new Float32Array(image.data.length), image.shape);
  for (const tile of haloTiles(plan)) placeTile(result, tile, model(extractTile(image, tile)));
  return result;
}

const plans = record({
  rows: integer({ min: 1, max: 90 }),
  columns: integer({ min: 1, max: 90 }),
  halo: integer({ min: 0, max: 9 }),
  multipleOf: integer({ min: 1, max: 8 }),
  extra: integer({ min: 0, max: 20 }),
  fixedSize: boolean(),
}).map(({ rows, columns, halo, multipleOf, extra, fixedSize }) => {
  const tile = 2 * halo + 2 * multipleOf - 1 + extra;
  return {
    shape: [rows, columns] as const,
    options: { tileSize: [tile, tile], halo, multipleOf, fixedSize } as const,
  };
});

describe('planHaloTiles', () => {
  test('an image no larger than a tile is one tile of its own size', () => {
    const plan = planHaloTiles([30, 20], { tileSize: [32, 32], halo: 8 });
    expect(plan.tiles).toBe(1);
    expect(haloTile(plan, 0)).toEqual({
      row: 0,
      column: 0,
      rows: 30,
      columns: 20,
      keep: { row: 0, column: 0, rows: 30, columns: 20 },
    });
  });

  test('a model of fixed size gets half of the missing pixels before, the rest after', () => {
    const plan = planHaloTiles([27, 32], { tileSize: [32, 32], halo: 8, fixedSize: true });
    expect(haloTile(plan, 0)).toMatchObject({ row: -2, column: 0, rows: 32, columns: 32 });
  });

  test('a model that takes multiples only gets the next multiple', () => {
    const plan = planHaloTiles([27, 9], { tileSize: [64, 64], halo: 8, sizeMultipleOf: 16 });
    expect(haloTile(plan, 0)).toMatchObject({ rows: 32, columns: 16 });
  });

  test('the last tile moves inwards to end at the border', () => {
    const plan = planHaloTiles([100, 10], { tileSize: [40, 40], halo: 10 });
    expect(plan.rows).toEqual({ length: 100, size: 40, starts: [0, 20, 40, 60], cuts: [0, 30, 50, 70, 100] });
  });

  test('tiles shrink by less than a multiple where the last one would leave the grid', () => {
    const plan = planHaloTiles([101, 10], { tileSize: [40, 40], halo: 8, multipleOf: 8 });
    expect(plan.rows.size).toBe(37);
    expect(plan.rows.starts.at(-1)).toBe(64);
  });

  test('kept parts partition the image, and lie a halo inside tiles that start on the grid', () => {
    assert(
      property(plans, ({ shape, options }) => {
        const plan = planHaloTiles(shape, options);
        const covered = new Uint8Array(shape[0] * shape[1]);
        for (const tile of haloTiles(plan)) {
          const { keep } = tile;
          for (let r = keep.row; r < keep.row + keep.rows; r++) {
            for (let c = keep.column; c < keep.column + keep.columns; c++) covered[r * shape[1] + c]!++;
          }
          for (const [start, size, from, length, end] of [
            [tile.row, tile.rows, keep.row, keep.rows, shape[0]],
            [tile.column, tile.columns, keep.column, keep.columns, shape[1]],
          ] as const) {
            expect(start % options.multipleOf === 0).toBe(true);
            expect(length).toBeGreaterThan(0);
            if (start > 0) expect(from - start).toBeGreaterThanOrEqual(options.halo);
            if (start + size < end) expect(start + size - (from + length)).toBeGreaterThanOrEqual(options.halo);
            expect(start <= from && from + length <= start + size).toBe(true);
            if (options.fixedSize) expect(size).toBe(options.tileSize[0]);
            else expect(start >= 0 && start + size <= end).toBe(true);
          }
        }
        expect(covered.every((times) => times === 1)).toBe(true);
      }),
    );
  });

  test('says how large tiles must be when nothing would be kept', () => {
    expect(() => planHaloTiles([500, 500], { tileSize: [100, 100], halo: 56, multipleOf: 8 })).toThrow(
      'planHaloTiles: a tile of 100 pixels with a halo of 56 leaves nothing to keep; tiles of at least 127 pixels',
    );
    expect(() => planHaloTiles([0, 5], { tileSize: [8, 8], halo: 0 })).toThrow(
      'planHaloTiles: rows of 0; a whole number ≥ 1 is accepted',
    );
    expect(() => haloTile(planHaloTiles([5, 5], { tileSize: [8, 8], halo: 0 }), 1)).toThrow('number 1 of a plan of 1');
  });
});

describe('halo tiling', () => {
  test.each([
    [97, 131, 40],
    [64, 64, 33],
    [33, 200, 32],
    [1, 150, 48],
    [150, 1, 48],
    [20, 20, 64],
  ])('a local model sees the same through tiles: %i × %i px, tiles of %i', (rows, columns, tile) => {
    const image = field(rows, columns);
    const options = { tileSize: [tile, tile], halo: RECEPTIVE_FIELD, multipleOf: STRIDE } as const;
    expect(throughTiles(image, options, localModel)).toEqual(localModel(image));
  });

  test('a halo that is too small shows, so that the test above can fail', () => {
    const image = field(97, 131);
    const options = { tileSize: [40, 40], halo: 1, multipleOf: STRIDE } as const;
    expect(throughTiles(image, options, localModel)).not.toEqual(localModel(image));
  });

  test('pixels beyond the border are mirrored', () => {
    const image = ndArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3, 1]);
    const plan = planHaloTiles([2, 3], { tileSize: [4, 5], halo: 0, fixedSize: true });
    const tile = extractTile(image, haloTile(plan, 0));
    expect([...tile.data]).toEqual([5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2]);
  });

  test('tiles of several channels go straight into a batch', () => {
    const image = ndArray(
      Float32Array.from({ length: 24 }, (_, i) => i),
      [3, 4, 2],
    );
    const plan = planHaloTiles([3, 4], { tileSize: [3, 2], halo: 0 });
    const batch = new Float32Array(2 * 3 * 2 * 2);
    for (let i = 0; i < plan.tiles; i++) extractTile(image, haloTile(plan, i), batch.subarray(i * 12, (i + 1) * 12));
    expect([...batch]).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23]);
  });

  test('refuses what does not fit', () => {
    const image = field(10, 10);
    const tile = haloTile(planHaloTiles([10, 10], { tileSize: [10, 10], halo: 0 }), 0);
    expect(() => extractTile(image, tile, new Float32Array(3))).toThrow('room for 3 elements; a tile has 100');
    expect(() => extractTile(ndArray(new Float32Array(100), [10, 10]), tile)).toThrow(
      'extractTile: shape (10, 10); (rows, columns, channels) is accepted',
    );
    expect(() => placeTile(image, tile, field(9, 10))).toThrow(
      'placeTile: a prediction of shape (9, 10, 1) for a tile and result that need (10, 10, 1)',
    );
  });
});

describe('blending', () => {
  test('the weights of all tiles add up to 1 at every pixel', () => {
    assert(
      property(plans, ({ shape, options }) => {
        const plan = planHaloTiles(shape, options);
        const weights = blendWeights(plan);
        const result = ndArray(new Float32Array(shape[0] * shape[1]), [shape[0], shape[1], 1]);
        for (const tile of haloTiles(plan)) {
          const ones = ndArray(new Float32Array(tile.rows * tile.columns).fill(1), [tile.rows, tile.columns, 1]);
          blendTile(result, weights, tile, ones);
        }
        expect(result.data.every((sum) => Math.abs(sum - 1) < 1e-6)).toBe(true);
      }),
    );
  });

  test('tiles that agree come out as they are, and those that do not fade into each other', () => {
    const plan = planHaloTiles([1, 60], { tileSize: [1, 40], halo: 0 });
    expect(plan.columns.starts).toEqual([0, 20]);
    const result = ndArray(new Float32Array(60), [1, 60, 1]);
    const weights = blendWeights(plan);
    for (const tile of haloTiles(plan)) {
      blendTile(result, weights, tile, ndArray(new Float32Array(40).fill(tile.column), [1, 40, 1]));
    }
    expect(result.data[0]).toBe(0);
    expect(result.data[59]).toBe(20);
    const steps = Array.from(result.data.subarray(1), (value, i) => value - result.data[i]!);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...steps)).toBeLessThan(2);
  });

  test('refuses a tile of another plan', () => {
    const plan = planHaloTiles([10, 10], { tileSize: [10, 10], halo: 0 });
    const other = { ...haloTile(plan, 0), row: 3 };
    expect(() => blendTile(field(10, 10), blendWeights(plan), other, field(10, 10))).toThrow(
      'blendTile: no tile of the plan starts at 3, 0',
    );
  });
});
