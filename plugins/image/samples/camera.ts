import { blur, newPlane, type Plane } from './plane.js';
import type { Random } from './random.js';

/** A local name: see random.ts. */
const { round } = Math;

/** Microscope and camera. Levels are what the file holds. */
export interface Camera {
  /** Blur of the lens, pixels. */
  readonly sigma: number;
  /** Photons from a usual nucleus and from the empty field, at each pixel. */
  readonly photons: { readonly nucleus: number; readonly background: number };
  /** Stain out of focus: part of the light that spreads over `reach` pixels. */
  readonly haze: { readonly part: number; readonly reach: number };
  /** How much darker the corners are than the middle, 0 to 1, and how far the background leans to one side. */
  readonly shading: { readonly corners: number; readonly lean: number };
  readonly levelsPerPhoton: number;
  /** Level of no light, and its noise. */
  readonly offset: { readonly level: number; readonly noise: number };
  readonly bits: 8 | 16;
}

/** Takes a picture of a stained field: lens, uneven light, photon noise, camera noise, rounding. */
export function photograph(stain: Plane, camera: Camera, random: Random): Uint8Array | Uint16Array {
  const light = expectedPhotons(stain, camera);
  const greatest = 2 ** camera.bits - 1;
  const levels = camera.bits === 8 ? new Uint8Array(light.data.length) : new Uint16Array(light.data.length);
  for (let pixel = 0; pixel < levels.length; pixel++) {
    const photons = random.poisson(light.data[pixel]!);
    const level = photons * camera.levelsPerPhoton + random.normal(camera.offset.level, camera.offset.noise);
    levels[pixel] = round(level) > greatest ? greatest : level < 0 ? 0 : round(level);
  }
  return levels;
}

function expectedPhotons(stain: Plane, { sigma, photons, haze, shading }: Camera): Plane {
  const { rows, columns } = stain;
  const sharp = blur(stain, sigma);
  const far = blur(stain, haze.reach);
  const light = newPlane(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const pixel = row * columns + column;
      // Both from -1 to 1 over the field.
      const down = (2 * row) / (rows - 1) - 1;
      const right = (2 * column) / (columns - 1) - 1;
      const illumination = 1 - (shading.corners * (down ** 2 + right ** 2)) / 2;
      const background = photons.background * (1 + shading.lean * (0.7 * right - 0.3 * down));
      const stained = photons.nucleus * ((1 - haze.part) * sharp.data[pixel]! + haze.part * far.data[pixel]!);
      light.data[pixel] = illumination * (stained + background);
    }
  }
  return light;
}
