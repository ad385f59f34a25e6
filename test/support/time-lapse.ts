import { photograph, type Camera } from '../../plugins/image/samples/camera.js';
import { newPlane } from '../../plugins/image/samples/plane.js';
import { seededRandom, type Random } from '../../plugins/image/samples/random.js';
import type { NdArray } from '../../src/processing/array/nd-array.js';
import type { Track, Tracking } from '../../src/processing/tracking/lineage.js';

export interface TimeLapseRecipe {
  readonly seed: number;
  readonly frames: number;
  /** Rows and columns, pixels. */
  readonly side: number;
  readonly cells: number;
  /** Deviation of the change of a cell's way from frame to frame, pixels. */
  readonly wander?: number;
}

/** A synthetic film of round nuclei that wander, push each other away, divide and leave; with its exact truth. */
export interface TimeLapse {
  /** uint16 (frames, rows, columns). */
  readonly raw: NdArray<Uint16Array>;
  readonly truth: Tracking;
}

interface Nucleus {
  readonly label: number;
  readonly parent: number | null;
  row: number;
  column: number;
  /** Pixels a frame. */
  readonly way: [number, number];
  radius: number;
  brightness: number;
  /** Frames since birth. */
  age: number;
}

const RADIUS = 9;
const DAUGHTER_RADIUS = RADIUS * 0.72;
/** A nucleus does not divide before this age, and then in a frame with this chance. */
const MATURE_AGE = 8;
const DIVISION_CHANCE = 0.12;
/** Nuclei nearer than this push each other away. */
const ELBOW_ROOM = 21;
/** Fewer pixels than this are no nucleus. */
const LEAST_AREA = 15;

const CAMERA: Camera = {
  sigma: 1,
  photons: { nucleus: 260, background: 12 },
  haze: { part: 0.1, reach: 8 },
  shading: { corners: 0, lean: 0 },
  levelsPerPhoton: 1,
  offset: { level: 100, noise: 2 },
  bits: 16,
};

/** The same film for the same recipe, on every machine. */
export function makeTimeLapse({ seed, frames, side, cells, wander = 0.6 }: TimeLapseRecipe): TimeLapse {
  const random = seededRandom(seed);
  let nuclei = seedNuclei(cells, side, random);
  const born: Nucleus[] = [...nuclei];
  const raw = new Uint16Array(frames * side * side);
  const masks = new Int32Array(raw.length);
  for (let frame = 0; frame < frames; frame++) {
    if (frame > 0) {
      nuclei = nuclei.flatMap((nucleus) => {
        if (!isDividing(nucleus, side, random)) return [nucleus];
        const daughters = divide(nucleus, born.length + 1, random);
        born.push(...daughters);
        return daughters;
      });
      move(nuclei, wander, random);
    }
    const picture = paint(nuclei, side, masks.subarray(frame * side * side, (frame + 1) * side * side));
    raw.set(photograph(picture, CAMERA, random), frame * side * side);
  }
  const shape = [frames, side, side];
  const tracks = describeTracks(born, { shape, data: masks });
  return { raw: { shape, data: raw }, truth: { tracks, labels: { shape, data: masks } } };
}

function seedNuclei(count: number, side: number, random: Random): Nucleus[] {
  const nuclei: Nucleus[] = [];
  for (let throws = 0; nuclei.length < count && throws < 1000 * count; throws++) {
    const [row, column] = [random.uniform(10, side - 10), random.uniform(10, side - 10)];
    if (nuclei.some((other) => Math.hypot(other.row - row, other.column - column) < ELBOW_ROOM)) continue;
    const way: [number, number] = [random.normal(0, 0.8), random.normal(0, 0.8)];
    const radius = random.uniform(8, 10);
    const age = 1 + Math.floor(random.uniform(0, MATURE_AGE));
    const brightness = random.uniform(0.7, 1.2);
    nuclei.push({ label: nuclei.length + 1, parent: null, row, column, way, radius, brightness, age });
  }
  return nuclei;
}

function isDividing({ age, row, column }: Nucleus, side: number, random: Random): boolean {
  const isInside = Math.min(row, column, side - row, side - column) > 20;
  return age > MATURE_AGE && isInside && random.uniform() < DIVISION_CHANCE;
}

function divide(mother: Nucleus, label: number, random: Random): Nucleus[] {
  const direction = random.uniform(0, Math.PI);
  return [-1, 1].map((sign, i) => {
    const step = [sign * Math.sin(direction), sign * Math.cos(direction)] as const;
    return {
      label: label + i,
      parent: mother.label,
      row: mother.row + step[0] * mother.radius * 0.8,
      column: mother.column + step[1] * mother.radius * 0.8,
      way: [step[0] * 1.5, step[1] * 1.5],
      radius: DAUGHTER_RADIUS,
      brightness: mother.brightness * 1.4,
      age: 0,
    };
  });
}

function move(nuclei: readonly Nucleus[], wander: number, random: Random): void {
  const places = nuclei.map(({ row, column }) => [row, column] as const);
  for (const [i, nucleus] of nuclei.entries()) {
    const push = [0, 0];
    for (const [j, place] of places.entries()) {
      const apart = [nucleus.row - place[0], nucleus.column - place[1]] as const;
      const distance = Math.hypot(...apart);
      if (j === i || distance >= ELBOW_ROOM || distance === 0) continue;
      for (const axis of [0, 1] as const) push[axis]! += (0.08 * (ELBOW_ROOM - distance) * apart[axis]) / distance;
    }
    for (const axis of [0, 1] as const) {
      nucleus.way[axis] = 0.7 * nucleus.way[axis] + random.normal(0, wander) + push[axis]!;
    }
    nucleus.row += nucleus.way[0];
    nucleus.column += nucleus.way[1];
    nucleus.radius += 0.08 * (RADIUS + 1 - nucleus.radius);
    nucleus.brightness += 0.25 * (0.9 - nucleus.brightness);
    nucleus.age += 1;
  }
}

/** Fills `mask` with labels; where nuclei would overlap, a pixel belongs to the first. */
function paint(nuclei: readonly Nucleus[], side: number, mask: Int32Array) {
  const stain = newPlane(side, side);
  for (const { label, row, column, radius, brightness } of nuclei) {
    const pixels: number[] = [];
    for (let r = Math.max(0, Math.ceil(row - radius)); r <= Math.min(side - 1, row + radius); r++) {
      for (let c = Math.max(0, Math.ceil(column - radius)); c <= Math.min(side - 1, column + radius); c++) {
        const depth = ((r - row) ** 2 + (c - column) ** 2) / radius ** 2;
        if (depth > 1 || mask[r * side + c] !== 0) continue;
        pixels.push(r * side + c);
        stain.data[r * side + c] = brightness * (0.55 + 0.45 * Math.sqrt(1 - depth));
      }
    }
    if (pixels.length >= LEAST_AREA) for (const pixel of pixels) mask[pixel] = label;
  }
  return stain;
}

/** Lineage of what can be seen: a daughter without a sister, or without a mother, belongs to nobody. */
function describeTracks(born: readonly Nucleus[], labels: Tracking['labels']): Track[] {
  const [frames, rows, columns] = labels.shape as [number, number, number];
  const seen = new Map<number, number[]>();
  for (let frame = 0; frame < frames; frame++) {
    const plane = labels.data.subarray(frame * rows * columns, (frame + 1) * rows * columns);
    for (const label of new Set(plane)) if (label > 0) seen.set(label, [...(seen.get(label) ?? []), frame]);
  }
  const visible = born.filter(({ label }) => seen.has(label)).toSorted((a, b) => a.label - b.label);
  return visible.map(({ label, parent }) => {
    const daughters = visible.filter((other) => other.parent === label).map((other) => other.label);
    const divides = daughters.length === 2;
    const own = seen.get(label)!;
    const sisters = visible.filter((other) => other.parent === parent);
    return {
      label,
      frames: own,
      parent: parent !== null && seen.has(parent) && sisters.length === 2 ? parent : null,
      daughters: divides ? daughters : [],
      frameDiv: divides ? Math.min(...daughters.map((daughter) => seen.get(daughter)![0]!)) : null,
      capped: divides || own.at(-1)! < frames - 1,
    };
  });
}
