import { describe, expect, test } from '@jest/globals';
import { watershed } from '../../../src/processing/segmentation/watershed.js';
import { TieWatchingFlood } from '../../../src/processing/segmentation/flood-with-ties.js';
import { FloodMemory, layGround, liftLabels } from '../../../src/processing/segmentation/flood-ground.js';
import { wholePlot } from '../../../src/processing/segmentation/flood-plots.js';
import { markersOf } from '../../../src/processing/segmentation/markers.js';
import { findTiedMarkers } from '../../../src/processing/segmentation/tied-markers.js';
import { wholeRows } from '../../../src/processing/measure/runs.js';
import { SlotQueue } from '../../../src/processing/structures/slot-queue.js';
import { floatImage, labelImage, maskImage, textOf } from '../../support/draw-image.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';

describe('watershed', () => {
  test('flat ground between two markers is divided by distance', () => {
    const flat = floatImage('0 0 0 0 0 0 0');
    expect(textOf(watershed(flat, labelImage('1 . . . . . 2')))).toEqual(['1 1 1 1 2 2 2']);
  });

  test('a ridge holds a flood up until the ground behind it has been reached from the other side', () => {
    const ridge = floatImage('0 0 9 0 0 0 0');
    expect(textOf(watershed(ridge, labelImage('1 . . . . . 2')))).toEqual(['1 1 1 2 2 2 2']);
  });

  test('floods do not cross corners, and pixels no marker reaches stay 0', () => {
    const mask = maskImage('##.', '..#', '###');
    const labels = watershed(floatImage('0 0 0', '0 0 0', '0 0 0'), labelImage('3 . .', '. . .', '. . .'), { mask });
    expect(textOf(labels)).toEqual(['3 3 .', '. . .', '. . .']);
  });

  test('markers outside the mask are ignored', () => {
    const labels = watershed(floatImage('0 0 0'), labelImage('1 2 .'), { mask: maskImage('.##') });
    expect(textOf(labels)).toEqual(['. 2 2']);
  });

  test('−0 and 0 are one height', () => {
    const relief = { shape: [1, 5], data: Float32Array.of(0, -0, 0, 0, 0) };
    expect(textOf(watershed(relief, labelImage('1 . . . 2')))).toEqual(['1 1 1 2 2']);
  });

  test('float64 heights that float32 cannot tell apart are told apart', () => {
    const relief = { shape: [1, 5], data: Float64Array.of(0, 1, 1 + 1e-12, 1 - 1e-12, 0) };
    expect(textOf(watershed(relief, labelImage('1 . . . 2')))).toEqual(['1 1 2 2 2']);
  });

  test('pieces that wind around each other are flooded like any other', () => {
    // Every second diagonal staircase is a piece of its own, whose bounding box holds many of the others.
    const size = 40;
    const random = randomNumbers(5);
    const shape = [size, size];
    const data = Float32Array.from({ length: size * size }, () => random());
    const mask = Uint8Array.from(data, (_, i) => ((Math.floor(i / size) + (i % size)) % 4 < 2 ? 1 : 0));
    const markers = Int32Array.from(data, (_, i) => (random() < 0.1 ? i + 1 : 0));
    const scene = [
      { shape, data },
      { shape, data: markers },
    ] as const;
    const literal = watershed(...scene, { mask: { shape, data: mask }, queue: 'literal' });
    expect(watershed(...scene, { mask: { shape, data: mask } })).toEqual(literal);
    expect(new Set(literal.data).size).toBeGreaterThan(size);
  });

  test('leaves its inputs as they are', () => {
    const relief = floatImage('3 1 2', '2 4 1');
    const markers = labelImage('. 1 .', '. . 2');
    const mask = maskImage('###', '###');
    watershed(relief, markers, { mask });
    expect(textOf(relief)).toEqual(['3 1 2', '2 4 1']);
    expect(textOf(markers)).toEqual(['. 1 .', '. . 2']);
    expect([...mask.data]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('an empty image and one without markers give zeros', () => {
    const empty = { shape: [0, 3], data: new Float32Array(0) };
    expect(watershed(empty, { shape: [0, 3], data: new Int32Array(0) }).data).toHaveLength(0);
    expect(textOf(watershed(floatImage('1 2'), labelImage('. .')))).toEqual(['. .']);
  });

  test('refuses shapes that differ, negative markers and NaN that would have to be compared', () => {
    const flat = floatImage('0 0 0');
    expect(() => watershed(flat, labelImage('1', '.', '2'))).toThrow(
      new RangeError('watershed: markers has shape (3, 1), relief has (1, 3); they must be equal'),
    );
    expect(() => watershed(flat, labelImage('1 . .'), { mask: maskImage('##') })).toThrow('mask has shape (1, 2)');
    expect(() => watershed(flat, labelImage('1 . -2'))).toThrow('markers hold -2');
    expect(() => watershed(floatImage('0 NaN 0'), labelImage('1 . 2'))).toThrow('NaN');
  });
});

/** Small random scenes whose markers tie often. */
function* scenes(count: number, levels: number, seed: number) {
  const random = randomNumbers(seed);
  for (let scene = 0; scene < count; scene += 1) {
    const shape =
      random() < 0.2
        ? [1 + Math.floor(random() * 4), 1 + Math.floor(random() * 6), 1 + Math.floor(random() * 6)]
        : [4 + Math.floor(random() * 14), 4 + Math.floor(random() * 14)];
    const size = shape.reduce((product, length) => product * length, 1);
    const density = 0.01 + random() * 0.1;
    let marker = 0;
    const markers = Int32Array.from({ length: size }, () => (random() < density ? (marker += 1) : 0));
    const heights = Float32Array.from(markers, (one) =>
      Math.floor(one > 0 && random() < 0.8 ? 3 * random() : levels * random()),
    );
    const mask = Uint8Array.from({ length: size }, () => (random() < 0.9 ? 1 : 0));
    yield { relief: { shape, data: heights }, markers: { shape, data: markers }, mask: { shape, data: mask } };
  }
}

describe('markers of equal height', () => {
  test.each([3, 10, 100, 1000])('are released as by the literal heap, %i levels', (levels) => {
    for (const { relief, markers, mask } of scenes(1500, levels, levels)) {
      const literal = watershed(relief, markers, { mask, queue: 'literal' });
      expect(watershed(relief, markers, { mask })).toEqual(literal);
    }
  });

  test('decide the result in scenes where raster order would be wrong, and these are recognised', () => {
    let different = 0;
    let settled = 0;
    for (const { relief, markers } of scenes(1500, 60, 7)) {
      const [rows, columns, depth] = relief.shape as [number, number, number?];
      if (depth !== undefined) continue;
      const volume = { planes: 1, rows, columns };
      const runs = wholeRows(volume);
      const seeds = markersOf(markers);
      const scene = { relief: relief.data, sign: 1 as const, runs, markers: seeds, volume, rank: 2 };
      const plot = wholePlot(
        Int32Array.from({ length: runs.count }, (_, i) => i),
        [seeds.pixels.map((_, i) => i)],
        volume,
      );
      const ground = layGround(scene, plot, new FloodMemory(scene, [plot]));
      const queue = new SlotQueue(ground.openCells);
      queue.prepare(ground.ranks, ground.openCells);
      const flood = new TieWatchingFlood(ground, queue);
      const tied = findTiedMarkers(ground, ground.seeds[0]!);
      flood.run(ground.seeds[0]!, tied);
      const literal = watershed(relief, markers, { queue: 'literal' });
      const inRasterOrder = new Int32Array(relief.data.length);
      liftLabels(ground, inRasterOrder);
      const same = inRasterOrder.every((value, i) => value === literal.data[i]);
      if (flood.contested) different += 1;
      else if (tied.count > 0) settled += 1;
      if (!flood.contested) expect(same).toBe(true);
    }
    expect(different).toBeGreaterThan(50);
    expect(settled).toBeGreaterThan(50);
  });
});
