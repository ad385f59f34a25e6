import {
  KioskError,
  pointList,
  pointListComponents,
  pointListMax,
  type FloatArray,
  type PointList,
  type SpotMaps,
} from 'kiosk-consumer';
import type { Selection } from '../selection.js';

export interface FindRequest {
  /** The heads of the model: classification and offsets, both (batch, rows, columns, 2) float32. */
  readonly heads: readonly FloatArray[];
  readonly selection: Selection;
  /** Rows and columns of the image as it came. */
  readonly size: readonly [rows: number, columns: number];
}

/** Probabilities may miss 0 and 1 by this much, by rounding. */
const TOLERANCE = 1e-3;

/**
 * Thread: model output to the spots of each image of the batch, rows and columns in pixels of the image as it came.
 * @throws {KioskError} `KC_MODEL_OUTPUT` if the heads are not those of a spot model
 */
export default function findSpots({ heads, selection, size }: FindRequest): PointList[] {
  const maps = spotMaps(heads);
  const [, rows, columns] = maps.classification.shape as [number, number, number, number];
  const factors = [size[0] / rows, size[1] / columns] as const;
  return select(maps, selection).map((points) => unscale(points, factors));
}

function select(maps: SpotMaps, { mode, threshold, minDistance }: Selection): PointList[] {
  switch (mode) {
    case 'max':
      return pointListMax(maps, { threshold, minDistance });
    case 'cc':
      return pointListComponents(maps, { threshold });
    case 'restrictive':
      return pointList(maps, { threshold, restrictive: true });
    default:
      return pointList(maps, { threshold });
  }
}

function spotMaps(heads: readonly FloatArray[]): SpotMaps {
  const [classification, offsets] = heads;
  const found = heads.map(({ shape }) => `(${shape.join(', ')})`).join(', ');
  if (!classification || !offsets || heads.length !== 2 || heads.some(({ shape }) => shape[3] !== 2)) {
    throw wrongHeads(`The model answered heads of shape ${found}`);
  }
  const isProbability = (value: number): boolean => value >= -TOLERANCE && value <= 1 + TOLERANCE;
  if (!classification.data.every(isProbability)) {
    throw wrongHeads('The first head of the model holds values outside 0 … 1');
  }
  return { classification, offsets };
}

function wrongHeads(found: string): KioskError {
  return new KioskError(
    'KC_MODEL_OUTPUT',
    `${found}; a spot model answers two of 2 channels: probabilities, then offsets.`,
    { hint: 'Use a spot model, or name its heads in this order in its metadata.json.' },
  );
}

/** Positions count from pixel centres: pixel i of n' covers the same length as position (i + 0.5) · n / n' − 0.5 of n. */
function unscale({ shape, data }: PointList, factors: readonly [number, number]): PointList {
  if (factors[0] === 1 && factors[1] === 1) return { shape, data };
  return { shape, data: data.map((position, i) => (position + 0.5) * factors[i % 2]! - 0.5) };
}
