import { dirname, join } from 'node:path';
import type { FloatArray, NdArray } from '../../../src/processing/array/nd-array.js';
import type { AxisTiling } from '../../../src/processing/transform/tile.js';
import { writeNpy } from '../../support/npy.js';
import { built } from '../../support/built.js';
import type { KernelCase } from './kernel-case.js';
import { SIDE, type KernelInputs } from './kernel-inputs.js';

type Tile = typeof import('../../../src/processing/transform/tile.js');
type Untile = typeof import('../../../src/processing/transform/untile.js');
type SplineWindow = typeof import('../../../src/processing/transform/spline-window.js');
type Resize = typeof import('../../../src/processing/transform/resize.js');
type HaloPlan = typeof import('../../../src/processing/transform/halo-plan.js');
type HaloTiles = typeof import('../../../src/processing/transform/halo-tiles.js');
type BlendTiles = typeof import('../../../src/processing/transform/blend-tiles.js');

const TILE = 512;
const HALO = 64;
const SMALLER = 1365;

/** Cutting images up, putting them together, and resizing them. */
export function tilingCases(inputs: KernelInputs): KernelCase[] {
  return [...resizeCases(inputs), ...originalTiling(inputs), ...haloTiling(inputs)];
}

function resizeCases({ image, inner, outer, name, files }: KernelInputs): KernelCase[] {
  const { resize } = built('src/processing/transform/resize.js') as Resize;
  const two = { shape: [SIDE, SIDE, 2], data: new Float32Array(2 * SIDE * SIDE) };
  for (let i = 0; i < inner.data.length; i++) {
    two.data[2 * i] = inner.data[i]!;
    two.data[2 * i + 1] = outer.data[i]!;
  }
  const one = { shape: [SIDE, SIDE, 1], data: image.data };
  const resizing = (map: FloatArray, what: string, tolerance: number): KernelCase => {
    const file = join(dirname(files.inner), `${name}-${what}.npy`);
    writeNpy(file, map);
    return {
      name: `resize to ${SMALLER}², ${what}`,
      run: () => resize(map, [SMALLER, SMALLER]),
      peer: { name: 'scikit-image', call: 'resize', args: { image: file, rows: SMALLER, columns: SMALLER } },
      tolerance,
    };
  };
  // Intensities of one channel are counts up to ten thousand, of which OpenCV's way allows 2 in a million.
  return [resizing(one, 'one channel', 0.02), resizing(two, 'two channels', 3e-4)];
}

/** Tiles of the original: overlapping by a quarter, blended with a spline. */
function originalTiling({ image, name, files }: KernelInputs): KernelCase[] {
  const { tileImage } = built('src/processing/transform/tile.js') as Tile;
  const { untileImage } = built('src/processing/transform/untile.js') as Untile;
  const { tiles, info } = tileImage(image);
  const file = join(dirname(files.inner), `${name}-tiles.npy`);
  writeNpy(file, tiles);
  const args = { rows: axisOf(info.rows), columns: axisOf(info.columns), size: TILE };
  return [
    {
      name: 'tile',
      run: () => tileImage(image).tiles,
      peer: { name: 'numpy', call: 'tile', args: { image: files.image, ...args } },
      tolerance: 0,
    },
    {
      name: 'untile',
      run: () => untileImage(tiles, info),
      peer: { name: 'numpy', call: 'untile', args: { tiles: file, ...args } },
      tolerance: 0.01,
    },
  ];
}

function axisOf({ starts, overlaps, padBefore, padAfter }: AxisTiling) {
  const { splineWindow } = built('src/processing/transform/spline-window.js') as SplineWindow;
  const windows = overlaps.map(([before, after]) => [...splineWindow(TILE, before, after)]);
  return { starts, padding: [padBefore, padAfter], windows };
}

/** The tiles of the job: cut with a halo, faded into each other. */
function haloTiling({ image, outer }: KernelInputs): KernelCase[] {
  const { planHaloTiles } = built('src/processing/transform/halo-plan.js') as HaloPlan;
  const { haloTiles, extractTile } = built('src/processing/transform/halo-tiles.js') as HaloTiles;
  const { blendTile, blendWeights } = built('src/processing/transform/blend-tiles.js') as BlendTiles;
  const plan = planHaloTiles([SIDE, SIDE], { tileSize: [TILE, TILE], halo: HALO, fixedSize: true });
  const map = { shape: [SIDE, SIDE, 1], data: outer.data };
  const cut = [...haloTiles(plan)].map((tile) => ({ tile, data: extractTile(map, tile) }));
  const source = { shape: [SIDE, SIDE, 1], data: image.data };
  return [
    {
      name: 'extract tiles with halo',
      run: () => last([...haloTiles(plan)].map((tile) => extractTile(source, tile))),
      tolerance: 0,
    },
    {
      name: 'blend tiles with halo',
      run: () => {
        const result = { shape: [SIDE, SIDE, 1], data: new Float32Array(SIDE * SIDE) };
        const weights = blendWeights(plan);
        for (const { tile, data } of cut) blendTile(result, weights, tile, data);
        return result;
      },
      tolerance: ROUND_TRIP,
    },
  ];
}

/** Tiles that were not changed blend to the map they were cut from. */
const ROUND_TRIP = 1e-5;

function last<T extends NdArray>(arrays: readonly T[]): T {
  return arrays.at(-1)!;
}
