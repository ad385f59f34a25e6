import type { LabelArray, NdArray, TypedArray } from '../array/nd-array.js';

/** What is measured of one object. Positions in pixels, pixel centres at whole numbers. */
export interface RegionProps {
  readonly label: number;
  /** Pixels. */
  readonly area: number;
  readonly centroid: readonly [row: number, column: number];
  /** Half open: the last row and column are not part of the object. */
  readonly bbox: readonly [minRow: number, minColumn: number, maxRow: number, maxColumn: number];
  /** One mean for each channel of the intensity image; empty without one. */
  readonly meanIntensity: readonly number[];
  /** 0 for a circle (and a single pixel), towards 1 for a line; of the ellipse of the same second moments. */
  readonly eccentricity: number;
}

/** Intensities whose elements are numbers. */
type Numbers = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** Sums over the pixels of each object; rows and columns relative to its first pixel, which keeps them small. */
interface Sums {
  readonly labels: Int32Array;
  readonly first: Float64Array;
  readonly moments: Float64Array;
  readonly box: Int32Array;
  readonly intensity: Float64Array;
}

/** n, r, c, rr, cc, rc */
const MOMENTS = 6;

/**
 * Measures every object of a label image in one pass, as `skimage.measure.regionprops` 0.19 does (area, centroid, bbox,
 * intensity_mean, eccentricity). Sums are float64; scikit-image adds float32 intensities in float32, so its means differ
 * in the last digits.
 *
 * @param labels (rows, columns); values < 1 are background
 * @param intensity (rows, columns, channels), any numeric dtype
 * @returns one entry for each label that occurs, ascending
 * @throws {RangeError} if the shapes do not fit
 */
export function regionProps(labels: LabelArray, intensity?: NdArray<Numbers>): RegionProps[] {
  const [rows, columns] = labels.shape as [number, number];
  if (labels.shape.length !== 2) {
    throw new RangeError(`regionProps: labels of shape (${labels.shape.join(', ')}); (rows, columns) is accepted`);
  }
  const channels = intensity?.shape[2] ?? 0;
  if (intensity && (intensity.shape.length !== 3 || intensity.shape[0] !== rows || intensity.shape[1] !== columns)) {
    throw new RangeError(
      `regionProps: intensities of shape (${intensity.shape.join(', ')}); (${rows}, ${columns}, channels) is accepted`,
    );
  }
  const sums = collect(labels, intensity?.data, channels);
  return Array.from(sums.labels, (label, slot) => describe(label, slot, sums, channels));
}

function collect(labels: LabelArray, intensity: Numbers | undefined, channels: number): Sums {
  const [rows, columns] = labels.shape as [number, number];
  const { values, slotOf } = numberObjects(labels.data);
  const first = new Float64Array(values.length * 2).fill(-1);
  const moments = new Float64Array(values.length * MOMENTS);
  const box = new Int32Array(values.length * 4);
  const sums = new Float64Array(values.length * channels);
  let pixel = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, pixel++) {
      const label = labels.data[pixel]!;
      if (label < 1) continue;
      const slot = slotOf(label);
      if (first[2 * slot]! < 0) open(first, box, slot, row, column);
      const r = row - first[2 * slot]!;
      const c = column - first[2 * slot + 1]!;
      const m = slot * MOMENTS;
      moments[m] = moments[m]! + 1;
      moments[m + 1] = moments[m + 1]! + r;
      moments[m + 2] = moments[m + 2]! + c;
      moments[m + 3] = moments[m + 3]! + r * r;
      moments[m + 4] = moments[m + 4]! + c * c;
      moments[m + 5] = moments[m + 5]! + r * c;
      const b = slot * 4;
      if (column < box[b + 1]!) box[b + 1] = column;
      if (row >= box[b + 2]!) box[b + 2] = row + 1;
      if (column >= box[b + 3]!) box[b + 3] = column + 1;
      for (let k = 0; k < channels; k++) {
        sums[slot * channels + k] = sums[slot * channels + k]! + intensity![pixel * channels + k]!;
      }
    }
  }
  return { labels: values, first, moments, box, intensity: sums };
}

function open(first: Float64Array, box: Int32Array, slot: number, row: number, column: number): void {
  first[2 * slot] = row;
  first[2 * slot + 1] = column;
  box.set([row, column, row + 1, column + 1], slot * 4);
}

/** The labels that occur, ascending, and where each stands in that list. */
function numberObjects(data: Int32Array): { values: Int32Array; slotOf: (label: number) => number } {
  let greatest = 0;
  for (const label of data) if (label > greatest) greatest = label;
  if (greatest > 4 * data.length + 1024) return numberSparseObjects(data);
  const slots = new Int32Array(greatest + 1);
  for (const label of data) if (label > 0) slots[label] = 1;
  const values: number[] = [];
  for (let label = 1; label <= greatest; label++) {
    if (slots[label] === 1) slots[label] = values.push(label) - 1;
  }
  return { values: Int32Array.from(values), slotOf: (label) => slots[label]! };
}

/** The same for labels far greater than the image has pixels, for which a table would be too large. */
function numberSparseObjects(data: Int32Array): { values: Int32Array; slotOf: (label: number) => number } {
  const values = Int32Array.from(new Set(data.filter((label) => label > 0))).toSorted();
  const slots = new Map(Array.from(values, (label, slot) => [label, slot]));
  return { values, slotOf: (label) => slots.get(label)! };
}

function describe(label: number, slot: number, sums: Sums, channels: number): RegionProps {
  const [n, r, c, rr, cc, rc] = sums.moments.subarray(slot * MOMENTS, (slot + 1) * MOMENTS) as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const meanRow = r / n;
  const meanColumn = c / n;
  const intensity = sums.intensity.subarray(slot * channels, (slot + 1) * channels);
  return {
    label,
    area: n,
    centroid: [sums.first[2 * slot]! + meanRow, sums.first[2 * slot + 1]! + meanColumn],
    bbox: Array.from(sums.box.subarray(slot * 4, slot * 4 + 4)) as [number, number, number, number],
    meanIntensity: Array.from(intensity, (sum) => sum / n),
    eccentricity: eccentricity(rr / n - meanRow ** 2, cc / n - meanColumn ** 2, rc / n - meanRow * meanColumn),
  };
}

/** From the covariances of the pixel centres: √(1 − λ₂/λ₁), 0 where λ₁ is 0. */
function eccentricity(rr: number, cc: number, rc: number): number {
  const middle = (rr + cc) / 2;
  const spread = Math.sqrt(((rr - cc) / 2) ** 2 + rc ** 2);
  const greater = middle + spread;
  if (greater <= 0) return 0;
  return Math.sqrt(1 - Math.max(0, middle - spread) / greater);
}
