import { describe, expect, test } from '@jest/globals';
import { doubleArea, traceOutlines, type CellOutline, type Ring } from '../../../src/images/outputs/trace-outlines.js';
import type { LabelArray } from '../../../src/processing/array/nd-array.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

/** Labels drawn as text, `.` for background. */
function drawn(...rows: string[]): LabelArray {
  const data = Int32Array.from(rows.join('').replaceAll('.', '0'), Number);
  return { shape: [rows.length, rows[0]!.length], data };
}

const plain = (outlines: readonly CellOutline[]) =>
  outlines.map(({ label, polygons }) => ({ label, polygons: polygons.map((rings) => rings.map((ring) => [...ring])) }));

describe('outlines along pixel edges', () => {
  test('begin at the upper left and go clockwise, corners only', () => {
    expect(plain(traceOutlines(drawn('....', '.77.', '.77.')))).toEqual([
      { label: 7, polygons: [[[3, 1, 3, 3, 1, 3, 1, 1]]] },
    ]);
  });

  test('holes are rings of their own, the other way round', () => {
    const [cell] = traceOutlines(drawn('111', '1.1', '111'));
    expect(cell!.polygons).toHaveLength(1);
    const [outer, hole] = cell!.polygons[0]!;
    expect(doubleArea(outer!)).toBe(18);
    expect(doubleArea(hole!)).toBe(-2);
  });

  test('a cell within the hole of another is its own outline', () => {
    const outlines = traceOutlines(drawn('1111', '1221', '1111'));
    expect(outlines.map(({ polygons }) => polygons.map((rings) => rings.map(doubleArea)))).toEqual([[[24, -4]], [[4]]]);
  });

  test('parts that touch at a corner are two polygons', () => {
    const [cell] = traceOutlines(drawn('1.', '.1'));
    expect(cell!.polygons.map((rings) => rings.map(doubleArea))).toEqual([[2], [2]]);
  });

  test('a ring that meets itself at a corner is cut into outer ring and hole', () => {
    const [cell] = traceOutlines(drawn('.11', '1.1', '111'));
    expect(cell!.polygons).toHaveLength(1);
    expect(cell!.polygons[0]!.map(doubleArea)).toEqual([16, -2]);
  });

  test('labels come in ascending order, however they lie; 0 and below are background', () => {
    const labels = { shape: [1, 4], data: Int32Array.of(9, 2, -1, 0) };
    expect(traceOutlines(labels).map(({ label }) => label)).toEqual([2, 9]);
  });

  test('an image without cells has none, one pixel has four corners', () => {
    expect(traceOutlines(drawn('..'))).toEqual([]);
    expect(plain(traceOutlines(drawn('1')))[0]!.polygons).toEqual([[[1, 0, 1, 1, 0, 1, 0, 0]]]);
  });
});

describe('of random label images, which meet themselves at corners everywhere', () => {
  const random = randomNumbers(11);
  const images = Array.from({ length: 150 }, () => {
    const [rows, columns] = [1 + Math.floor(random() * 14), 1 + Math.floor(random() * 14)];
    const kinds = 2 + Math.floor(random() * 3);
    const data = Int32Array.from({ length: rows * columns }, () => Math.floor(random() * kinds));
    return { shape: [rows, columns], data };
  });

  test('filling the rings gives back the labels', () => {
    for (const labels of images) expect(filledIn(traceOutlines(labels), labels.shape)).toEqual(labels.data);
  });

  test('rings are simple, and the first of a polygon is its only outer one', () => {
    for (const labels of images) {
      for (const rings of traceOutlines(labels).flatMap(({ polygons }) => polygons)) {
        expect(rings.map((ring) => doubleArea(ring) > 0)).toEqual(rings.map((_, i) => i === 0));
        for (const ring of rings) {
          const corners = cornersOf(ring).map(String);
          expect(new Set(corners).size).toBe(corners.length);
          expect(turnsOf(ring).every((turn) => turn !== 0)).toBe(true);
        }
      }
    }
  });

  test('inputs stay as they were', () => {
    const labels = images[0]!;
    const copy = labels.data.slice();
    traceOutlines(labels);
    expect(labels.data).toEqual(copy);
  });
});

function cornersOf(ring: Ring): [number, number][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]!, ring[2 * i + 1]!]);
}

/** Cross product of the sides before and behind each corner. */
function turnsOf(ring: Ring): number[] {
  const corners = cornersOf(ring);
  return corners.map(([x, y], i) => {
    const [beforeX, beforeY] = corners.at(i - 1)!;
    const [afterX, afterY] = corners[(i + 1) % corners.length]!;
    return (x - beforeX) * (afterY - y) - (y - beforeY) * (afterX - x);
  });
}

/** Labels of the pixels whose centres lie within an odd number of a polygon's rings. */
function filledIn(outlines: readonly CellOutline[], [rows, columns]: readonly number[]): Int32Array {
  const labels = new Int32Array(rows! * columns!);
  for (const { label, polygons } of outlines) {
    for (const rings of polygons) {
      for (let at = 0; at < labels.length; at += 1) {
        const [x, y] = [(at % columns!) + 0.5, Math.floor(at / columns!) + 0.5];
        if (rings.filter((ring) => isWithin(ring, x, y)).length % 2 === 1) labels[at] = label;
      }
    }
  }
  return labels;
}

function isWithin(ring: Ring, x: number, y: number): boolean {
  const corners = cornersOf(ring);
  const crossed = corners.filter(([cornerX, cornerY], i) => {
    const [, nextY] = corners[(i + 1) % corners.length]!;
    return cornerX > x && cornerY > y !== nextY > y;
  });
  return crossed.length % 2 === 1;
}
