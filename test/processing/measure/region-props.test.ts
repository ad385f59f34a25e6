import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RegionProps } from '../../../src/processing/measure/region-props.js';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import { regionProps } from '../../../src/processing/measure/region-props.js';
import { requireTool } from '../../support/require-tool.js';

interface Reference {
  readonly shape: [number, number];
  readonly channels: number;
  readonly labels: number[];
  readonly intensity: number[];
  readonly regions: RegionProps[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/measure/region-props.json', import.meta.url), 'utf8'),
) as Reference;

function measured({ shape, channels, labels, intensity }: Omit<Reference, 'regions'>): RegionProps[] {
  return regionProps(
    ndArray(Int32Array.from(labels), shape),
    ndArray(Float32Array.from(intensity), [...shape, channels]),
  );
}

function expectSame(found: readonly RegionProps[], wanted: readonly RegionProps[]): void {
  expect(found.map(({ label, area, bbox }) => ({ label, area, bbox }))).toEqual(
    wanted.map(({ label, area, bbox }) => ({ label, area, bbox })),
  );
  found.forEach((region, i) => {
    const reference = wanted[i]!;
    for (const axis of [0, 1] as const) expect(region.centroid[axis]).toBeCloseTo(reference.centroid[axis], 10);
    region.meanIntensity.forEach((mean, c) => expect(mean).toBeCloseTo(reference.meanIntensity[c]!, 8));
    expect(region.eccentricity).toBeCloseTo(reference.eccentricity, 7);
  });
}

describe('regionProps', () => {
  test('agrees with scikit-image on ellipses, lines, a pixel, scattered pieces and objects at the border', () => {
    expectSame(measured(fixture), fixture.regions);
  });

  const live = requireTool('python3-skimage') ? test : test.skip;
  live('agrees with the scikit-image that is installed on random blobs', () => {
    const shape: [number, number] = [60, 70];
    const labels = Array.from({ length: 60 * 70 }, (_, i) => {
      const cell = 1 + Math.floor(Math.floor(i / 70) / 9) * 8 + Math.floor((i % 70) / 9);
      return (i * 7919) % 101 < 70 ? cell : 0;
    });
    const intensity = labels.map((label, i) => (label * 31 + i * 17) % 4096);
    const input = { shape, channels: 1, labels, intensity };
    const script = new URL('region-props-reference.py', import.meta.url).pathname;
    const python = spawnSync('/usr/bin/python3', [script], { input: JSON.stringify(input), encoding: 'utf8' });
    expect(python.status).toBe(0);
    expectSame(measured(input), (JSON.parse(python.stdout) as Reference).regions);
  });

  test('an image of background has no objects', () => {
    expect(regionProps(ndArray(new Int32Array(12), [3, 4]))).toEqual([]);
    expect(regionProps(ndArray(new Int32Array(0), [0, 4]))).toEqual([]);
  });

  test('a single pixel has eccentricity 0 and a line 1', () => {
    const [pixel, line] = regionProps(ndArray(Int32Array.of(1, 0, 2, 2, 2), [1, 5]));
    expect(pixel).toEqual({
      label: 1,
      area: 1,
      centroid: [0, 0],
      bbox: [0, 0, 1, 1],
      meanIntensity: [],
      eccentricity: 0,
    });
    expect(line).toMatchObject({ label: 2, area: 3, centroid: [0, 3], bbox: [0, 2, 1, 5], eccentricity: 1 });
  });

  test('labels may be far greater than the image has pixels, and negative ones are background', () => {
    const found = regionProps(ndArray(Int32Array.of(2_000_000_000, -5, 7, 2_000_000_000), [2, 2]));
    expect(found.map(({ label, area }) => [label, area])).toEqual([
      [7, 1],
      [2_000_000_000, 2],
    ]);
  });

  test('a large object far from the origin keeps its precision', () => {
    const [rows, columns] = [4, 3000];
    const labels = new Int32Array(rows * columns);
    for (let r = 0; r < rows; r++) labels.fill(1, r * columns + 2996, (r + 1) * columns);
    expect(regionProps(ndArray(labels, [rows, columns]))[0]!.eccentricity).toBe(0);
  });

  test('refuses shapes that do not fit', () => {
    const labels = ndArray(new Int32Array(4), [2, 2]);
    expect(() => regionProps(ndArray(new Int32Array(4), [1, 2, 2]))).toThrow(
      'regionProps: labels of shape (1, 2, 2); (rows, columns) is accepted',
    );
    expect(() => regionProps(labels, ndArray(new Float32Array(4), [2, 2]))).toThrow(
      'regionProps: intensities of shape (2, 2); (2, 2, channels) is accepted',
    );
  });
});
