import type { Nucleus } from './place-nuclei.js';
import { newPlane, smoothNoise, type Plane } from './plane.js';
import type { Random } from './random.js';

/** Local names: see random.ts. */
const { atan2, cos, floor, hypot, sin, sqrt } = Math;

export interface Painted {
  /** Stain at each pixel, 0 outside the nuclei, about 1 inside; as sharp as the truth. */
  readonly stain: Plane;
  /** Label image (rows, columns): 0 background, 1…n the nuclei, in reading order of their first pixels. */
  readonly labels: Uint16Array;
}

/** Nuclei of which less than this is inside the field are left out of both image and truth: nobody could see them. */
const LEAST_AREA_PX = 30;

/** Uneven chromatin: coarse and fine grains, as fractions of the stain. */
const GRAINS = [
  { sigma: 3.5, strength: 0.14 },
  { sigma: 1.2, strength: 0.1 },
];

/**
 * Paints nuclei, each a dome of stain (thick in the middle, thin at the edge) with chromatin texture and nucleoli.
 * Where two of them would overlap, a pixel belongs to the one in which it lies deeper.
 */
export function paintNuclei(nuclei: readonly Nucleus[], rows: number, columns: number, random: Random): Painted {
  const owners = ownersOf(nuclei, rows, columns);
  const labels = numberInReadingOrder(owners.index, nuclei.length);
  const stain = newPlane(rows, columns);
  const grains = GRAINS.map(({ sigma, strength }) => ({ strength, noise: smoothNoise(rows, columns, sigma, random) }));
  for (let pixel = 0; pixel < labels.length; pixel++) {
    if (labels[pixel] === 0) continue;
    const nucleus = nuclei[owners.index[pixel]!]!;
    let texture = 1;
    for (const { strength, noise } of grains) texture += strength * noise.data[pixel]!;
    const dome = 0.5 + 0.5 * sqrt(1 - owners.depth[pixel]! ** 2);
    const hollow = nucleolusAt(nucleus, floor(pixel / columns), pixel % columns) ? 0.65 : 1;
    stain.data[pixel] = nucleus.brightness * dome * texture * hollow;
  }
  return { stain, labels };
}

/** For each pixel the nucleus in which it lies deepest, -1 for none, and how deep: 0 in its centre, 1 on its outline. */
function ownersOf(nuclei: readonly Nucleus[], rows: number, columns: number) {
  const index = new Int32Array(rows * columns).fill(-1);
  const depth = new Float32Array(rows * columns).fill(1);
  for (const [i, nucleus] of nuclei.entries()) {
    const reach = Math.ceil(nucleus.radius * sqrt(nucleus.elongation) * 1.5);
    const firstRow = Math.max(0, floor(nucleus.row) - reach);
    const lastRow = Math.min(rows - 1, Math.ceil(nucleus.row) + reach);
    const firstColumn = Math.max(0, floor(nucleus.column) - reach);
    const lastColumn = Math.min(columns - 1, Math.ceil(nucleus.column) + reach);
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const at = depthIn(nucleus, row, column);
        const pixel = row * columns + column;
        if (at >= depth[pixel]!) continue;
        depth[pixel] = at;
        index[pixel] = i;
      }
    }
  }
  return { index, depth };
}

/** Distance from the centre as a fraction of the way to the outline in that direction. */
function depthIn(nucleus: Nucleus, row: number, column: number): number {
  const down = row - nucleus.row;
  const right = column - nucleus.column;
  const along = right * cos(nucleus.angle) + down * sin(nucleus.angle);
  const across = down * cos(nucleus.angle) - right * sin(nucleus.angle);
  const direction = atan2(across, along);
  let outline = nucleus.radius;
  for (const [i, { height, phase }] of nucleus.waves.entries()) {
    outline += nucleus.radius * height * cos((i + 2) * direction + phase);
  }
  const stretch = sqrt(nucleus.elongation);
  return hypot(along / stretch, across * stretch) / outline;
}

function nucleolusAt(nucleus: Nucleus, row: number, column: number): boolean {
  return nucleus.nucleoli.some((spot) => {
    const down = (row - nucleus.row) / nucleus.radius - spot.row;
    const right = (column - nucleus.column) / nucleus.radius - spot.column;
    return hypot(down, right) < spot.radius;
  });
}

function numberInReadingOrder(owners: Int32Array, nuclei: number): Uint16Array {
  const areas = new Int32Array(nuclei);
  for (const owner of owners) if (owner >= 0) areas[owner]!++;
  const numbers = new Uint16Array(nuclei);
  let last = 0;
  return Uint16Array.from(owners, (owner) => {
    if (owner < 0 || areas[owner]! < LEAST_AREA_PX) return 0;
    numbers[owner] ||= ++last;
    return numbers[owner];
  });
}
