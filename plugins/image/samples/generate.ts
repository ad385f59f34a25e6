import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTiff } from 'kiosk-consumer';
import { photograph, type Camera } from './camera.js';
import { paintNuclei } from './paint-nuclei.js';
import { placeNuclei, type Placement } from './place-nuclei.js';
import { seededRandom } from './random.js';

interface SampleRecipe {
  readonly name: string;
  readonly seed: number;
  readonly placement: Placement;
  readonly camera: Camera;
}

/** A synthetic fluorescence image of nuclei with its exact truth, both (rows, columns). */
export interface Sample {
  readonly name: string;
  readonly shape: readonly [rows: number, columns: number];
  readonly image: Uint8Array | Uint16Array;
  /** 0 background, 1…n nuclei. */
  readonly mask: Uint16Array;
}

const RECIPES: readonly SampleRecipe[] = [
  {
    name: 'nuclei-sparse',
    seed: 101,
    placement: {
      rows: 256,
      columns: 256,
      count: 26,
      radius: { mean: 10, deviation: 0.15 },
      spacing: 1.15,
      clustered: 0.2,
    },
    camera: {
      sigma: 1,
      photons: { nucleus: 260, background: 12 },
      haze: { part: 0.1, reach: 8 },
      shading: { corners: 0.1, lean: 0 },
      levelsPerPhoton: 0.45,
      offset: { level: 4, noise: 0.6 },
      bits: 8,
    },
  },
  {
    name: 'nuclei-touching',
    seed: 202,
    placement: {
      rows: 512,
      columns: 512,
      count: 250,
      radius: { mean: 12.5, deviation: 0.18 },
      spacing: 0.83,
      clustered: 0.75,
    },
    camera: {
      sigma: 1.1,
      photons: { nucleus: 420, background: 25 },
      haze: { part: 0.16, reach: 10 },
      shading: { corners: 0.15, lean: 0.2 },
      levelsPerPhoton: 0.6,
      offset: { level: 100, noise: 2 },
      bits: 16,
    },
  },
  {
    name: 'nuclei-dim',
    seed: 303,
    placement: {
      rows: 520,
      columns: 696,
      count: 95,
      radius: { mean: 13, deviation: 0.15 },
      spacing: 0.88,
      clustered: 0.5,
    },
    camera: {
      sigma: 1.2,
      photons: { nucleus: 21, background: 10 },
      haze: { part: 0.12, reach: 12 },
      shading: { corners: 0.35, lean: 0.7 },
      levelsPerPhoton: 1,
      offset: { level: 110, noise: 1.8 },
      bits: 16,
    },
  },
  {
    name: 'nuclei-large',
    seed: 404,
    placement: {
      rows: 400,
      columns: 480,
      count: 34,
      radius: { mean: 22.5, deviation: 0.12 },
      spacing: 0.88,
      clustered: 0.5,
    },
    camera: {
      sigma: 1.3,
      photons: { nucleus: 150, background: 14 },
      haze: { part: 0.14, reach: 14 },
      shading: { corners: 0.2, lean: 0.3 },
      levelsPerPhoton: 0.7,
      offset: { level: 6, noise: 1 },
      bits: 8,
    },
  },
];

/** The sample images, made anew; the same numbers on every machine. */
export function generateSamples(): Sample[] {
  return RECIPES.map(generateSample);
}

/** Writes `NAME.tif` and `NAME.mask.tif` (uint16 labels) of each sample, deflated. */
export async function writeSamples(folder: string): Promise<void> {
  for (const { name, shape, image, mask } of generateSamples()) {
    await writeTiff(join(folder, `${name}.tif`), { shape, data: image }, { level: 9 });
    await writeTiff(join(folder, `${name}.mask.tif`), { shape, data: mask }, { level: 9 });
  }
}

function generateSample({ name, seed, placement, camera }: SampleRecipe): Sample {
  const { rows, columns } = placement;
  const random = seededRandom(seed);
  const { stain, labels } = paintNuclei(placeNuclei(placement, random), rows, columns, random);
  return { name, shape: [rows, columns], image: photograph(stain, camera, random), mask: labels };
}

// As a program: node dist/plugins/image/samples/generate.js FOLDER
const [, program, folder] = process.argv;
if (program === fileURLToPath(import.meta.url) && folder !== undefined) await writeSamples(folder);
