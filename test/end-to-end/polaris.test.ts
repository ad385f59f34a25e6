import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeTiff } from '../../src/images/tiff/write.js';
import { requireTool } from '../support/require-tool.js';
import { startSmallKiosk, type SmallKiosk } from '../support/small-kiosk.js';

const ONE_CHANNEL = { name: 'image', dtype: 'float32', shape: [-1, 128, 128, 1] } as const;
const [ROWS, COLUMNS] = [80, 96];
const CELLS = [
  [24, 24],
  [52, 66],
] as const;
const SPOTS = [
  [22, 26],
  [54, 64],
  [70, 20],
] as const;

(requireTool('redis-server') && requireTool('python3-tifffile') ? describe : describe.skip)(
  'jobs of spots and cells, with Redis and a model server',
  () => {
    let kiosk: SmallKiosk;

    beforeAll(async () => {
      kiosk = await startSmallKiosk([
        { name: 'Spots', input: ONE_CHANNEL, computes: 'spots' },
        { name: 'Nuclei', input: ONE_CHANNEL, computes: 'nuclei' },
      ]);
      await Promise.all([
        kiosk.work('polaris', { SEGMENTATION_QUEUE: 'segmentation', INTERVAL: '1' }),
        kiosk.work('spot', { POLARIS_MODEL: 'Spots:1', POLARIS_THRESHOLD: '0.5' }),
        kiosk.work('segmentation', { NUCLEAR_MODEL: 'Nuclei:1', NUCLEAR_PREPROCESS: 'normalize' }),
      ]);
      const data = new Float32Array(2 * ROWS * COLUMNS).fill(100);
      for (const [row, column] of SPOTS) data[row * COLUMNS + column] = 1000;
      for (let i = 0; i < ROWS * COLUMNS; i++) {
        const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
        const far = Math.min(...CELLS.map(([r, c]) => Math.hypot(row - r, column - c)));
        data[ROWS * COLUMNS + i] = 100 + Math.max(0, 12 - far) * 100;
      }
      await writeTiff(join(kiosk.folder, 'field.tif'), { shape: [2, ROWS, COLUMNS], data }, { axes: 'CYX' });
    }, 60_000);
    afterAll(() => kiosk?.stop());

    const send = (fields: Record<string, string>) =>
      kiosk.send('polaris', 'field.tif', { dimension_order: 'CXY', ...fields });
    const table = () =>
      kiosk
        .results('field')
        .find(({ name }) => name === 'field_0.csv')!
        .text!.trim()
        .split('\n')
        .map((line) => line.split(','));

    test('spots alone make a table of places', async () => {
      const { status, hash } = await send({ channels: '0,,', segmentation_type: 'none' });
      expect(status).toBe('done');
      expect(kiosk.results('field').map(({ name }) => name)).toEqual(['field_0.csv']);
      // The model moves every spot by (0.25, -0.5); x is the column.
      expect(table()).toEqual([['x', 'y'], ...SPOTS.map(([row, column]) => [column - 0.5, row + 0.25].map(String))]);
      expect(await kiosk.client.keys('spot:*')).toHaveLength(1);
      expect(await kiosk.client.ttl((await kiosk.client.keys('spot:*'))[0]!)).toBeGreaterThan(3500);
      expect(await kiosk.client.hget(hash, 'total_jobs')).toBe('1');
    }, 60_000);

    test('with cells, each spot is given the one that it lies in', async () => {
      const statuses = await kiosk.watchStatus();
      const { status } = await send({ channels: '0,1,', segmentation_type: 'cell culture' });
      expect(status).toBe('done');
      expect(statuses()).toEqual(expect.arrayContaining(['started', 'predicting', 'saving-results', 'done']));
      const [labels] = kiosk.results('field');
      expect(labels).toMatchObject({ name: 'field_batch_0_feature_0.tif', dtype: 'float32', shape: [ROWS, COLUMNS] });
      const at = ([row, column]: readonly [number, number]): number => labels!.values![row * COLUMNS + column]!;
      const cells = CELLS.map(at);
      expect(new Set(cells).size).toBe(2);
      expect(cells).not.toContain(0);
      const [head, ...rows] = table();
      expect(head).toEqual(['x', 'y', 'cellID0']);
      expect(rows.map(([, , cell]) => Number(cell))).toEqual([...cells, 0]);
    }, 60_000);

    test('a part that fails fails the job with its reason; wrong fields are refused', async () => {
      const broken = await send({ channels: '0,5,', segmentation_type: 'cell culture' });
      expect(broken).toMatchObject({ status: 'failed', reason: expect.stringContaining('ChildJobError: 1 of 2 jobs') });
      expect(broken.reason).toContain('Channel 5');
      expect(await send({ segmentation_type: 'organoid' })).toMatchObject({
        reason: expect.stringContaining('InvalidJobError: The field "segmentation_type" is "organoid"'),
      });
      expect(await send({ channels: '0,,', segmentation_type: 'tissue' })).toMatchObject({
        reason: expect.stringContaining('cells need a channel behind that of the spots'),
      });
    }, 60_000);
  },
);
