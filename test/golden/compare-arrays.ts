import type { NdArray } from '../../src/processing/array/nd-array.js';
import { sameShape } from '../../src/processing/array/nd-array.js';
import type { CaseFile } from './golden-case.js';

/** How much of an object must be covered by its counterpart. */
const LEAST_IOU = 0.95;

/** What is wrong with `actual`, with the first element that differs, or nothing. */
export function compareArrays(actual: NdArray, expected: NdArray, how: CaseFile): string | undefined {
  if (!sameShape(actual, expected)) {
    return `shape (${actual.shape.join(', ')}) instead of (${expected.shape.join(', ')})`;
  }
  if (how.compare === 'labels_iou_0.95') return compareObjects(actual, expected);
  const rtol = how.compare === 'exact' ? 0 : how.rtol;
  const atol = how.compare === 'exact' ? 0 : how.atol;
  let wrong = 0;
  let first = -1;
  for (let i = 0; i < expected.data.length; i += 1) {
    if (isClose(Number(actual.data[i]), Number(expected.data[i]), rtol, atol)) continue;
    if (wrong === 0) first = i;
    wrong += 1;
  }
  if (wrong === 0) return undefined;
  const place = indexOf(first, expected.shape).join(', ');
  return `${actual.data[first]} instead of ${expected.data[first]} at [${place}]; ${wrong} of ${expected.data.length} differ`;
}

function isClose(actual: number, expected: number, rtol: number, atol: number): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  return Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

/** Objects are matched by greatest overlap, one to one. */
function compareObjects(actual: NdArray, expected: NdArray): string | undefined {
  const actualAreas = areasOf(actual);
  const expectedAreas = areasOf(expected);
  if (actualAreas.size !== expectedAreas.size) return `${actualAreas.size} objects instead of ${expectedAreas.size}`;
  const overlaps = new Map<number, Map<number, number>>();
  expected.data.forEach((value, i) => {
    const row = overlaps.get(Number(value)) ?? new Map<number, number>();
    const other = Number(actual.data[i]);
    if (other !== 0) row.set(other, (row.get(other) ?? 0) + 1);
    overlaps.set(Number(value), row);
  });
  const used = new Set<number>();
  for (const [label, area] of expectedAreas) {
    const best = [...overlaps.get(label)!].toSorted((a, b) => b[1] - a[1])[0];
    if (!best) return `object ${label} has no counterpart`;
    const iou = best[1] / (area + actualAreas.get(best[0])! - best[1]);
    if (iou < LEAST_IOU) return `object ${label} meets object ${best[0]} with an IoU of ${iou.toFixed(3)} only`;
    if (used.has(best[0])) return `object ${best[0]} is the counterpart of two`;
    used.add(best[0]);
  }
  return undefined;
}

function areasOf(labels: NdArray): Map<number, number> {
  const areas = new Map<number, number>();
  labels.data.forEach((value) => {
    if (Number(value) !== 0) areas.set(Number(value), (areas.get(Number(value)) ?? 0) + 1);
  });
  return areas;
}

function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = element;
  for (const length of shape.toReversed()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return index;
}
