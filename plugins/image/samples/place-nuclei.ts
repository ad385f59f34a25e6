import type { Random } from './random.js';

/** A nucleus: an ellipse with a wavy outline. Lengths in pixels, angles in radians. */
export interface Nucleus {
  readonly row: number;
  readonly column: number;
  /** Radius of the circle of the same area. */
  readonly radius: number;
  /** Long axis over short axis. */
  readonly elongation: number;
  readonly angle: number;
  /** Waves around the outline, two, three and four to a turn: height as a fraction of the radius, and phase. */
  readonly waves: readonly { readonly height: number; readonly phase: number }[];
  /** Total stain, 1 being the usual. */
  readonly brightness: number;
  /** Places without stain inside, as fractions of the radius. */
  readonly nucleoli: readonly { readonly row: number; readonly column: number; readonly radius: number }[];
}

export interface Placement {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  readonly radius: { readonly mean: number; readonly deviation: number };
  /** Least distance between two centres as a fraction of the sum of the radii: below 1 they can touch. */
  readonly spacing: number;
  /** Part of the nuclei that grow right beside another one. */
  readonly clustered: number;
}

/** A field without room for more nuclei is given up after this many throws for each of them. */
const THROWS = 200;

/** Throws nuclei onto the field, one after another, where there is room. May place fewer than asked for. */
export function placeNuclei(placement: Placement, random: Random): Nucleus[] {
  const placed: Nucleus[] = [];
  for (let left = placement.count * THROWS; left > 0 && placed.length < placement.count; left--) {
    const radius = placement.radius.mean * Math.min(1.4, Math.max(0.65, random.normal(1, placement.radius.deviation)));
    const [row, column] = throwCentre(placement, placed, radius, random);
    if (row < -radius / 3 || row > placement.rows + radius / 3) continue;
    if (column < -radius / 3 || column > placement.columns + radius / 3) continue;
    const room = placed.every((other) => {
      const distance = Math.hypot(other.row - row, other.column - column);
      return distance > placement.spacing * (other.radius + radius);
    });
    if (room) placed.push(shapeNucleus(row, column, radius, random));
  }
  return placed;
}

function throwCentre(
  placement: Placement,
  placed: readonly Nucleus[],
  radius: number,
  random: Random,
): [number, number] {
  if (placed.length > 0 && random.uniform() < placement.clustered) {
    const neighbour = placed[Math.floor(random.uniform(0, placed.length))]!;
    const distance = (neighbour.radius + radius) * random.uniform(placement.spacing, placement.spacing + 0.15);
    const direction = random.uniform(0, 2 * Math.PI);
    return [neighbour.row + distance * Math.sin(direction), neighbour.column + distance * Math.cos(direction)];
  }
  return [random.uniform(0, placement.rows), random.uniform(0, placement.columns)];
}

function shapeNucleus(row: number, column: number, radius: number, random: Random): Nucleus {
  const waves = [2, 3, 4].map((turns) => ({
    height: random.normal(0, 0.11 / turns),
    phase: random.uniform(0, 2 * Math.PI),
  }));
  const nucleoli = Array.from({ length: Math.floor(random.uniform(0, 4)) }, () => ({
    row: random.uniform(-0.5, 0.5),
    column: random.uniform(-0.5, 0.5),
    radius: random.uniform(0.12, 0.22),
  }));
  return {
    row,
    column,
    radius,
    elongation: 1 + Math.abs(random.normal(0.15, 0.18)),
    angle: random.uniform(0, Math.PI),
    waves,
    brightness: Math.max(0.4, random.normal(1, 0.3)),
    nucleoli,
  };
}
