import type { FloatArray, NdArray } from '../../../src/processing/array/nd-array.js';
import { built } from '../../support/built.js';

type RandomNumbers = typeof import('../../../plugins/image/samples/random.js');
type Gaussian = typeof import('../../../src/processing/filters/gaussian.js');

export interface ReferenceImageOptions {
  readonly seed?: number;
  /** Distance of the nuclei's grid in pixels. Default 40. */
  readonly spacing?: number;
}

export interface ReferenceImage {
  /** uint16, shape (rows, columns). */
  readonly image: NdArray<Uint16Array>;
  /** The same before it is rounded to counts: no two pixels are equal, as in what a model answers. */
  readonly unrounded: FloatArray;
  readonly nuclei: number;
}

/** Furthest that a nucleus leaves its place on the grid, and half the side of the square into which it is painted. */
const JITTER_PX = 9;
const REACH_PX = 22;
const MISSING_SHARE = 0.08;
const BLUR_SIGMA_PX = 2;
const BACKGROUND = 300;
const BRIGHTNESS = 6000;
const NOISE = 15;

/** The grid at which nuclei touch all around. */
export const DENSE_SPACING = 28;

/** A field of blurred round nuclei on a jittered grid with read noise: the image of the reference job. The same for the same seed. */
export function referenceImage(
  rows: number,
  columns: number,
  { seed = 7, spacing = 40 }: ReferenceImageOptions = {},
): ReferenceImage {
  const { gaussian } = built('src/processing/filters/gaussian.js') as Gaussian;
  const random = (built('plugins/image/samples/random.js') as RandomNumbers).seededRandom(seed);
  const sharp = new Float32Array(rows * columns);
  let nuclei = 0;
  for (let row = spacing / 2; row < rows; row += spacing) {
    for (let column = spacing / 2; column < columns; column += spacing) {
      if (random.uniform() < MISSING_SHARE) continue;
      const centre = [
        row + random.uniform(-JITTER_PX, JITTER_PX),
        column + random.uniform(-JITTER_PX, JITTER_PX),
      ] as const;
      paintNucleus(sharp, [rows, columns], centre, random.uniform(9, 15), random.uniform(0.5, 1));
      nuclei++;
    }
  }
  const blurred = gaussian({ shape: [rows, columns], data: sharp }, BLUR_SIGMA_PX).data;
  const unrounded = new Float32Array(blurred.length);
  for (let i = 0; i < unrounded.length; i++) {
    // Three uniform numbers are as near to a normal one as an image of this kind needs; their deviation is a half.
    const noise = (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2 * NOISE;
    unrounded[i] = Math.min(65535, Math.max(0, BACKGROUND + BRIGHTNESS * blurred[i]! + noise));
  }
  const shape = [rows, columns];
  return { image: { shape, data: new Uint16Array(unrounded) }, unrounded: { shape, data: unrounded }, nuclei };
}

/** A paraboloid, brightest in its middle; where two overlap, the brighter one shows. */
function paintNucleus(
  plane: Float32Array,
  [rows, columns]: readonly [number, number],
  [row, column]: readonly [number, number],
  radius: number,
  brightness: number,
): void {
  for (let r = Math.max(0, Math.ceil(row - REACH_PX)); r < Math.min(rows, row + REACH_PX); r++) {
    for (let c = Math.max(0, Math.ceil(column - REACH_PX)); c < Math.min(columns, column + REACH_PX); c++) {
      const height = 1.15 - ((r - row) ** 2 + (c - column) ** 2) / radius ** 2;
      const pixel = r * columns + c;
      if (height > 0) plane[pixel] = Math.max(plane[pixel]!, brightness * height);
    }
  }
}
