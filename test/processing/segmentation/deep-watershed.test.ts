import { describe, expect, test } from '@jest/globals';
import type { FloatArray, LabelArray } from '../../../src/processing/array/nd-array.js';
import { ndArray } from '../../../src/processing/array/nd-array.js';
import type { DeepWatershedOptions } from '../../../src/processing/segmentation/deep-watershed.js';
import { deepWatershed } from '../../../src/processing/segmentation/deep-watershed.js';
import { planHaloTiles } from '../../../src/processing/transform/halo-plan.js';
import { extractTile, haloTiles, placeTile } from '../../../src/processing/transform/halo-tiles.js';
import { localModel, RECEPTIVE_FIELD, STRIDE } from '../transform/local-model.js';
import { areas, batch, cones, discs } from './draw.js';

/** Cells of a map (rows, columns, 1). */
function labelsOf(output: FloatArray): LabelArray {
  const map = { shape: [1, ...output.shape], data: output.data };
  return deepWatershed([map, map], { radius: 2, interiorThreshold: 0.3, maximaThreshold: 0.05 });
}

describe('deepWatershed', () => {
  const cells = [
    [15, 12, 10],
    [15, 28, 10],
  ] as const;
  const map = cones(30, 40, cells);

  test('touching cells meet where the interior is lowest', () => {
    const labels = deepWatershed([map, map]);
    expect(labels.shape).toEqual([1, 30, 40, 1]);
    expect(areas(labels).map(([label]) => label)).toEqual([1, 2]);
    expect([18, 19, 21, 22].map((column) => labels.data[15 * 40 + column])).toEqual([1, 1, 2, 2]);
  });

  test('maxima and interior are the first and the last output unless said otherwise', () => {
    const blank = cones(30, 40, []);
    expect(areas(deepWatershed([map, blank, map]))).toHaveLength(2);
    expect(areas(deepWatershed([blank, map, map], { maximaIndex: 1, interiorIndex: -2 }))).toHaveLength(2);
    expect(areas(deepWatershed([map]))).toHaveLength(2);
  });

  test('old names win over new ones', () => {
    const old: DeepWatershedOptions = { minDistance: 3, detectionThreshold: 0.2, distanceThreshold: 0.4 };
    const both: DeepWatershedOptions = { ...old, radius: 30, maximaThreshold: 5, interiorThreshold: 9 };
    const now: DeepWatershedOptions = { radius: 3, maximaThreshold: 0.2, interiorThreshold: 0.4 };
    expect(deepWatershed([map, map], both)).toEqual(deepWatershed([map, map], now));
  });

  test('a seed has to stand out by the threshold', () => {
    const second = cones(30, 40, [cells[1]]).data;
    const uneven = {
      shape: map.shape,
      data: cones(30, 40, [cells[0]]).data.map((v, i) => Math.max(v, 0.8 * second[i]!)),
    };
    // The second peak is 0.8 high, and the saddle between the two about 0.2.
    expect(areas(deepWatershed([uneven, map], { maximaThreshold: 0.5, radius: 2 }))).toHaveLength(2);
    expect(areas(deepWatershed([uneven, map], { maximaThreshold: 0.7, radius: 2 }))).toHaveLength(1);
  });

  test('edges are eroded, holes filled, small objects removed and the interior expanded on demand', () => {
    const disc = discs(30, 40, [[15, 12, 8]]);
    const area = (options: DeepWatershedOptions): number => areas(deepWatershed([map, disc], options))[0]?.[1] ?? 0;
    const plain = area({ interiorSmooth: 0 });
    expect(area({ interiorSmooth: 0, labelErosion: 1 })).toBeLessThan(plain);
    expect(area({ interiorSmooth: 0, pixelExpansion: 2 })).toBeGreaterThan(plain);
    expect(area({ interiorSmooth: 0, smallObjectsThreshold: plain + 1 })).toBe(0);
    disc.data[15 * 40 + 10] = 0;
    expect(area({ interiorSmooth: 0 })).toBe(plain - 1);
    expect(area({ interiorSmooth: 0, fillHolesThreshold: 5 })).toBeGreaterThanOrEqual(plain);
  });

  test('peaks may be chosen instead of h-maxima', () => {
    const peaks = { maximaAlgorithm: 'peak_local_max', radius: 5 } as const;
    expect(areas(deepWatershed([map, map], peaks))).toHaveLength(2);
    expect(areas(deepWatershed([map, map], { ...peaks, radius: 14, excludeBorder: true }))).toEqual([]);
  });

  test('each item of a batch is numbered from 1, and volumes are segmented in three dimensions', () => {
    const labels = deepWatershed([batch(map, map), batch(map, map)]);
    expect(labels.data.subarray(1200)).toEqual(labels.data.subarray(0, 1200));
    const volume = ndArray(new Float32Array(3 * 1200), [1, 3, 30, 40, 1]);
    for (let z = 0; z < 3; z++) volume.data.set(map.data, z * 1200);
    const cut = deepWatershed([volume, volume], { radius: 2 });
    expect(cut.shape).toEqual([1, 3, 30, 40, 1]);
    expect(areas(cut)).toHaveLength(2);
  });

  test('background, one row, one pixel and no pixels are no trouble; inputs stay as they were', () => {
    const before = map.data.slice();
    deepWatershed([map, map], { maximaSmooth: 2, pixelExpansion: 1 });
    expect(map.data).toEqual(before);
    for (const [rows, columns] of [
      [10, 10],
      [1, 40],
      [40, 1],
      [1, 1],
      [0, 5],
    ] as const) {
      const blank = cones(rows, columns, []);
      expect(deepWatershed([blank, blank]).shape).toEqual([1, rows, columns, 1]);
      expect(areas(deepWatershed([blank, blank]))).toEqual([]);
    }
  });

  test('says what it takes', () => {
    expect(() => deepWatershed([])).toThrow('deepWatershed: maxima_index 0 of 0 outputs');
    expect(() => deepWatershed([map, cones(29, 40, [])])).toThrow(
      'deepWatershed: outputs of shape (1, 30, 40, 1) and (1, 29, 40, 1)',
    );
    expect(() => deepWatershed([map, map], { maximaAlgorithm: 'peaks' as never })).toThrow(
      'deepWatershed: maxima_algorithm peaks; h_maxima and peak_local_max are accepted',
    );
  });

  test('labels of a tiled field are those of the whole one when the model is local', () => {
    const grid = Array.from(
      { length: 54 },
      (_, i) => [9 + 17 * Math.floor(i / 9), 10 + 18 * (i % 9), 8 + (i % 4)] as const,
    );
    const field = cones(110, 170, grid);
    const image = { shape: field.shape.slice(1), data: field.data };
    const tiled = ndArray(new Float32Array(image.data.length), image.shape);
    const plan = planHaloTiles([110, 170], { tileSize: [48, 64], halo: RECEPTIVE_FIELD, multipleOf: STRIDE });
    expect(plan.tiles).toBeGreaterThan(6);
    for (const tile of haloTiles(plan)) placeTile(tiled, tile, localModel(extractTile(image, tile)));
    const whole = labelsOf(localModel(image));
    expect(areas(whole).length).toBeGreaterThan(40);
    expect(labelsOf(tiled).data.every((label, pixel) => label === whole.data[pixel])).toBe(true);
  });
});
