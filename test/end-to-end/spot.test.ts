import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeTiff } from '../../src/images/tiff/write.js';
import { ndArray } from '../../src/processing/array/nd-array.js';
import { goldenCase } from '../golden/golden-case.js';
import { writeNpy } from '../support/npy.js';
import { requireTool } from '../support/require-tool.js';
import { startSmallKiosk, type SmallKiosk } from '../support/small-kiosk.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ONE_CHANNEL = { name: 'image', dtype: 'float32', shape: [-1, 128, 128, 1] } as const;
const ANY_SIZE = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] } as const;
/** Mode of the job to the golden case of its numbers. */
const GOLDEN_MODES = [
  ['max', 'spots_point_list_max/as_application_min_distance_1'],
  ['max', 'spots_point_list_max/default'],
  ['cc', 'spots_point_list_cc/default'],
  ['restrictive', 'spots_point_list_restrictive/default'],
  ['all', 'spots_point_list/default'],
] as const;

const YELLOW = [255, 221, 0];

(requireTool('redis-server') && requireTool('python3-tifffile') ? describe : describe.skip)(
  'jobs of spots, with Redis and a model server',
  () => {
    let kiosk: SmallKiosk;
    let arrays: Awaited<ReturnType<typeof temporaryFolder>>;

    function goldenModel(title: string) {
      const golden = goldenCase(title);
      mkdirSync(join(arrays.path, title), { recursive: true });
      const answers = ['classification', 'offset_regression'].map((head): [string, string] => {
        const file = join(arrays.path, title, `${head}.npy`);
        writeNpy(file, golden.input(head));
        return [head, file];
      });
      return { name: modelOf(title), input: ANY_SIZE, answers: Object.fromEntries(answers) };
    }

    beforeAll(async () => {
      arrays = await temporaryFolder();
      const scale = join(arrays.path, 'scale.npy');
      writeNpy(scale, ndArray(Float32Array.of(2), [1, 1]));
      kiosk = await startSmallKiosk([
        { name: 'Spots', input: ONE_CHANNEL, computes: 'spots' },
        { name: 'Nuclei', input: ONE_CHANNEL, computes: 'nuclei' },
        ...GOLDEN_MODES.map(([, title]) => goldenModel(title)),
        { name: 'Scale', input: { ...ONE_CHANNEL, shape: [-1, 64, 64, 1] }, answers: { scale } },
      ]);
      const detection = { SCALE_DETECT_ENABLED: 'true', SCALE_DETECT_MODEL: 'Scale:1' };
      await kiosk.work('spot', {
        POLARIS_MODEL: 'Spots:1',
        POLARIS_THRESHOLD: '0.4',
        QUEUE: 'detecting',
        ...detection,
      });
      await kiosk.work('spot', { POLARIS_MODEL: 'Spots:1' });
    }, 60_000);

    afterAll(async () => {
      await kiosk?.stop();
      await arrays?.remove();
    });

    /** Images of a batch, dark but for single bright pixels at (row, column). */
    async function writeSpots(
      name: string,
      images: readonly (readonly (readonly [number, number])[])[],
      [rows, columns]: readonly [number, number] = [64, 80],
    ): Promise<void> {
      const data = new Float32Array(images.length * rows * columns).fill(100);
      for (const [item, spots] of images.entries()) {
        for (const [row, column] of spots) data[(item * rows + row) * columns + column] = 1000;
      }
      await writeTiff(join(kiosk.folder, name), ndArray(data, [images.length, rows, columns]), { axes: 'TYX' });
    }

    test('statuses, fields and files are those of the contract; positions are row, column', async () => {
      await writeSpots('cell.tif', [
        [
          [20, 30],
          [40, 61],
        ],
        [[50, 12]],
      ]);
      const statuses = await kiosk.watchStatus();
      const { hash, status } = await kiosk.send('spot', 'cell.tif');
      expect(status).toBe('done');
      expect(statuses()).toEqual(['new', 'started', 'pre-processing', 'predicting', 'saving-results', 'done']);
      expect(hash).toMatch(/^spot:cell\.tif:/);
      expect(await kiosk.client.hgetall(hash)).toMatchObject({ dim_order: 'YXC', scale: '1' });
      const entries = kiosk.results('cell');
      expect(entries.map(({ name }) => name)).toEqual(['cell_0.tif', 'cell_0.npy', 'cell_1.tif', 'cell_1.npy']);
      const [, first, , second] = entries;
      expect(first).toMatchObject({ dtype: 'float64', shape: [2, 2] });
      // The model moves every spot by (0.25, -0.5).
      expect(first!.values).toEqual([20.25, 29.5, 40.25, 60.5]);
      expect(second!.values).toEqual([50.25, 11.5]);
    }, 60_000);

    test('the picture shows a ring around each spot, and the spot inside', async () => {
      const [picture] = kiosk.results('cell');
      expect(picture).toMatchObject({ dtype: 'uint8', shape: [64, 80, 3] });
      const pixel = (row: number, column: number) =>
        picture!.values!.slice(3 * (row * 80 + column), 3 * (row * 80 + column) + 3);
      expect(pixel(20, 30)).toEqual([255, 255, 255]);
      expect(pixel(24, 30)).toEqual(YELLOW);
      expect(pixel(20, 34)).toEqual([0, 0, 0]);
      expect(pixel(20, 33)).toEqual(YELLOW);
    });

    test.each(GOLDEN_MODES)(
      'mode %s publishes the positions of the golden case %s',
      async (mode, title) => {
        const golden = goldenCase(title);
        const [items, rows, columns] = golden.input('classification').shape as [number, number, number];
        const images = Array.from({ length: items }, () => []);
        await writeSpots('golden.tif', images, [rows, columns]);
        const parameters = { mode, min_distance: 2, ...golden.params };
        const fields = {
          model_name: modelOf(title),
          dimension_order: 'BXY',
          postprocess_options: JSON.stringify(parameters),
        };
        expect(await kiosk.send('spot', 'golden.tif', fields)).toMatchObject({ status: 'done' });
        const found = kiosk.results('golden').filter(({ name }) => name.endsWith('.npy'));
        expect(found).toHaveLength(items);
        for (const [item, { shape, values }] of found.entries()) {
          const expected = golden.output(`points_${item}`);
          expect(shape).toEqual(expected.shape);
          for (const [i, value] of values!.entries()) expect(value).toBeCloseTo(Number(expected.data[i]), 5);
        }
      },
      60_000,
    );

    test('positions are those in the image as it came, whatever the scale', async () => {
      await writeSpots('scaled.tif', [[[20, 30]]]);
      const fields = { scale: '2', postprocess_options: '{"threshold": 0.4}' };
      expect(await kiosk.send('spot', 'scaled.tif', fields)).toMatchObject({ status: 'done' });
      const { values } = kiosk.results('scaled').find(({ name }) => name.endsWith('.npy'))!;
      expect(values!.length).toBeGreaterThanOrEqual(2);
      expect(Math.abs(values![0]! - 20)).toBeLessThan(1);
      expect(Math.abs(values![1]! - 30)).toBeLessThan(1);
    }, 60_000);

    test('the scale detection model is asked where the job says no scale', async () => {
      await writeSpots('detected.tif', [[[20, 30]]]);
      const { hash, status } = await kiosk.send('spot', 'detected.tif', {}, 'detecting');
      expect(status).toBe('done');
      expect(await kiosk.client.hget(hash, 'scale')).toBe('2');
      const { values } = kiosk.results('detected')[1]!;
      expect(Math.abs(values![0]! - 20)).toBeLessThan(1);
    }, 60_000);

    test('an image larger than the model is tiled: a spot at the seam is found once', async () => {
      const spots: [number, number][] = [];
      for (let row = 10; row < 300; row += 20)
        for (let column = 10; column < 280; column += 20) spots.push([row, column]);
      await writeSpots('large.tif', [spots], [300, 280]);
      expect(await kiosk.send('spot', 'large.tif')).toMatchObject({ status: 'done' });
      expect(kiosk.results('large')[1]!.shape).toEqual([spots.length, 2]);
    }, 60_000);

    test('no spot at all is a result too', async () => {
      await writeSpots('dark.tif', [[]]);
      expect(await kiosk.send('spot', 'dark.tif')).toMatchObject({ status: 'done' });
      expect(kiosk.results('dark')[1]).toMatchObject({ shape: [0, 2], values: [] });
    }, 60_000);

    test.each<[string, Record<string, string>, RegExp]>([
      ['an unknown mode', { postprocess_options: '{"mode": "best"}' }, /^InvalidJobError: .*max, cc, restrictive, all/],
      ['a threshold above 1', { postprocess_options: '{"threshold": 2}' }, /^InvalidJobError: .*threshold is 2/],
      ['an empty position of the spots', { channels: ',1' }, /^InvalidJobError: .*first position/],
      ['a channel out of range', { channels: '3' }, /^ImageShapeError: Channel 3 is asked for/],
      ['several channels, none named', {}, /^ImageShapeError: The image has 2 channels; 1 is needed: spots/],
      [
        'the heads of another model',
        { channels: '0', model_name: 'Nuclei' },
        /^ModelOutputError: .*probabilities, then offsets/,
      ],
    ])(
      'refuses %s',
      async (_what, fields, reason) => {
        const plane = new Uint16Array(2 * 64 * 64);
        plane[70] = 9;
        await writeTiff(join(kiosk.folder, 'two.tif'), ndArray(plane, [2, 64, 64]), { axes: 'CYX' });
        expect(await kiosk.send('spot', 'two.tif', fields)).toMatchObject({
          status: 'failed',
          reason: expect.stringMatching(reason),
        });
      },
      60_000,
    );
  },
);

function modelOf(title: string): string {
  return title.replaceAll(/[^a-z]/g, '');
}
