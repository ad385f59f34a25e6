import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeTiff } from '../../src/images/tiff/write.js';
import { ndArray, type NdArray } from '../../src/processing/array/nd-array.js';
import { goldenCase } from '../golden/golden-case.js';
import { writeNpy } from '../support/npy.js';
import { nucleiImage } from '../../src/testing/nuclei.js';
import { requireTool } from '../support/require-tool.js';
import { startSmallKiosk, type SmallKiosk } from '../support/small-kiosk.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TWO_CHANNELS = { name: 'image', dtype: 'float32', shape: [-1, 256, 256, 2] } as const;
const ANY_SIZE = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 2] } as const;
const ROWS = 200;
const COLUMNS = 260;
/** Cell heads before nuclear heads; of each, inner distance before pixelwise classes. */
const FOUR_HEADS = ['cell_inner', 'cell_pixelwise', 'nuc_inner', 'nuc_pixelwise'];
const EIGHT_HEADS = ['cell', 'nuc'].flatMap((part) =>
  ['inner', 'outer', 'fgbg', 'pixelwise'].map((map) => `${part}_${map}`),
);

(requireTool('redis-server') && requireTool('python3-tifffile') ? describe : describe.skip)(
  'jobs of tissue, with Redis and a model server',
  () => {
    let kiosk: SmallKiosk;
    let arrays: Awaited<ReturnType<typeof temporaryFolder>>;

    /** The input arrays of a golden case as `.npy` files, in this order of names. */
    function answersOf(title: string, names: readonly string[]): Record<string, string> {
      const golden = goldenCase(title);
      mkdirSync(join(arrays.path, title), { recursive: true });
      const files = names.map((name, index): [string, string] => {
        const file = join(arrays.path, title, `${name}-${names.length}.npy`);
        writeNpy(file, golden.input(name));
        return [`head_${index}`, file];
      });
      return Object.fromEntries(files);
    }

    /** The answer of a detection model. */
    function scaleOf(scale: number): string {
      const file = join(arrays.path, `scale-${scale}.npy`);
      writeNpy(file, ndArray(Float32Array.of(scale), [1, 1]));
      return file;
    }

    beforeAll(async () => {
      arrays = await temporaryFolder();
      const goldenModel = (name: string, title: string, heads: readonly string[]) => ({
        name,
        input: ANY_SIZE,
        answers: answersOf(title, heads),
      });
      kiosk = await startSmallKiosk([
        { name: 'Tissue', input: TWO_CHANNELS, computes: 'tissue' },
        { name: 'Eight', input: TWO_CHANNELS, computes: 'tissue-of-eight' },
        { name: 'Nuclei', input: TWO_CHANNELS, computes: 'nuclei' },
        goldenModel('MesmerBoth', 'mesmer_postprocess/both', FOUR_HEADS),
        goldenModel('MesmerBothOfEight', 'mesmer_postprocess/both', EIGHT_HEADS),
        goldenModel('MesmerCells', 'mesmer_postprocess/whole_cell', FOUR_HEADS),
        goldenModel('MesmerNuclei', 'mesmer_postprocess/nuclear', FOUR_HEADS),
        goldenModel('Multiplex086', 'multiplex_postprocess_v086/both', FOUR_HEADS),
        goldenModel('Multiplex061', 'deep_watershed_subcellular_v061/whole_cell', EIGHT_HEADS),
        { name: 'Keeping', input: ANY_SIZE, computes: 'tissue' },
        { name: 'Scale', input: { ...ANY_SIZE, shape: [-1, 64, 64, 1] }, answers: { scale: scaleOf(0.5) } },
      ]);
      const env = { MULTIPLEX_MODEL: 'Tissue:1', SCALE_DETECT_ENABLED: 'true', SCALE_DETECT_MODEL: 'Scale:1' };
      await Promise.all([kiosk.work('mesmer', env), kiosk.work('multiplex', env)]);
      await writeTissue('tissue.tif', [nucleiImage(ROWS, COLUMNS, 1), nucleiImage(ROWS, COLUMNS, 2)]);
    }, 60_000);

    afterAll(async () => {
      await kiosk?.stop();
      await arrays?.remove();
    });

    async function writeTissue(name: string, channels: readonly NdArray<Uint16Array | Float32Array>[]): Promise<void> {
      const [rows, columns] = channels[0]!.shape as [number, number];
      const isFloat = channels.some(({ data }) => data instanceof Float32Array);
      const values = channels.flatMap(({ data }) => [...data]);
      const data = isFloat ? Float32Array.from(values) : Uint16Array.from(values);
      await writeTiff(join(kiosk.folder, name), ndArray(data, [channels.length, rows, columns]), { axes: 'CYX' });
    }

    /** An image of two channels of the size of a golden case; what is in it does not matter. */
    async function writeBlank(rows: number, columns: number): Promise<string> {
      const plane = nucleiImage(rows, columns);
      await writeTissue('golden.tif', [plane, plane]);
      return 'golden.tif';
    }

    test('mesmer: statuses, fields and files are those of the contract', async () => {
      const statuses = await kiosk.watchStatus();
      const { hash, status } = await kiosk.send('mesmer', 'tissue.tif', {
        channels: '0,1',
        compartment: 'both',
        scale: '1',
      });
      expect(status).toBe('done');
      expect(statuses()).toEqual(['new', 'started', 'pre-processing', 'predicting', 'saving-results', 'done']);
      expect(hash).toMatch(/^mesmer:tissue\.tif:/);
      expect(await kiosk.client.hgetall(hash)).toMatchObject({ dim_order: 'YXC', scale: '1', total_jobs: '1' });
      const entries = kiosk.results('tissue');
      expect(entries.map(({ name }) => name)).toEqual(['tissue_feature_0.tif', 'tissue_feature_1.tif']);
      for (const { dtype, shape, values } of entries) {
        expect({ dtype, shape }).toEqual({ dtype: 'float32', shape: [1, ROWS, COLUMNS] });
        expect(new Set(values).size).toBeGreaterThan(20);
      }
    }, 60_000);

    test('mesmer: feature 0 are cells, of channel 1; feature 1 are nuclei, of channel 0', async () => {
      const plane = nucleiImage(ROWS, COLUMNS);
      await writeTissue('nuclei-only.tif', [plane, ndArray(new Uint16Array(ROWS * COLUMNS), [ROWS, COLUMNS])]);
      await kiosk.send('mesmer', 'nuclei-only.tif', { compartment: 'both', scale: '1' });
      const [cells, nuclei] = kiosk.results('nuclei-only');
      expect(Math.max(...cells!.values!)).toBe(0);
      expect(Math.max(...nuclei!.values!)).toBeGreaterThan(20);
      // Taken the other way round by their positions.
      await kiosk.send('mesmer', 'nuclei-only.tif', { compartment: 'nuclear', channels: '1,0,', scale: '1' });
      const swapped = kiosk.results('nuclei-only');
      expect(swapped.map(({ name }) => name)).toEqual(['nuclei-only_feature_0.tif']);
      expect(Math.max(...swapped[0]!.values!)).toBe(0);
    }, 60_000);

    test('multiplex: statuses of 2020, and models of 8 heads as well as of 4', async () => {
      for (const model of ['Tissue', 'Eight']) {
        const statuses = await kiosk.watchStatus();
        const fields = { model_name: model, compartment: 'both', scale: '1' };
        expect(await kiosk.send('multiplex', 'tissue.tif', fields)).toMatchObject({ status: 'done' });
        expect(statuses()).toEqual([
          'new',
          'started',
          'pre-processing',
          'predicting',
          'post-processing',
          'saving-results',
          'done',
        ]);
        const entries = kiosk.results('tissue');
        expect(entries.map(({ name }) => name)).toEqual(['tissue_feature_0.tif', 'tissue_feature_1.tif']);
        for (const { values } of entries) expect(new Set(values).size).toBeGreaterThan(20);
      }
    }, 60_000);

    test.each([
      ['mesmer', 'MesmerBoth', 'mesmer_postprocess/both'],
      ['mesmer', 'MesmerBothOfEight', 'mesmer_postprocess/both'],
      ['mesmer', 'MesmerCells', 'mesmer_postprocess/whole_cell'],
      ['mesmer', 'MesmerNuclei', 'mesmer_postprocess/nuclear'],
      ['multiplex', 'Multiplex086', 'multiplex_postprocess_v086/both'],
      ['multiplex', 'Multiplex061', 'deep_watershed_subcellular_v061/whole_cell'],
    ])(
      '%s with the heads of %s publishes the labels of the golden case %s',
      async (type, model, title) => {
        const golden = goldenCase(title);
        const labels = golden.output('labels');
        const [, rows, columns, channels] = labels.shape as [number, number, number, number];
        const file = await writeBlank(rows, columns);
        const fields = { model_name: model, scale: '1', postprocess_options: JSON.stringify(golden.params) };
        // The second time the model's heads are no longer told: inputs alone are shared through the broker.
        for (let time = 0; time < 2; time++) {
          expect(await kiosk.send(type, file, fields)).toMatchObject({ status: 'done' });
        }
        const entries = kiosk.results('golden');
        expect(entries).toHaveLength(channels);
        const differing = entries.flatMap(({ values }, channel) =>
          values!.filter((value, pixel) => value !== Number(labels.data[pixel * channels + channel])),
        );
        expect(differing).toHaveLength(0);
      },
      60_000,
    );

    test('mesmer sends the model what the golden case of the pre-processing gives', async () => {
      const golden = goldenCase('mesmer_preprocess/two_channel_128');
      const image = golden.input('image') as NdArray<Float32Array>;
      const plane = (channel: number) =>
        ndArray(
          image.data.filter((_, index) => index % 2 === channel),
          [128, 128],
        );
      await writeTissue('raw.tif', [plane(0), plane(1)]);
      const kept = join(kiosk.folder, 'input.bin');
      await kiosk.models.set({ keepInputs: kept });
      expect(await kiosk.send('mesmer', 'raw.tif', { model_name: 'Keeping', scale: '1' })).toMatchObject({
        status: 'done',
      });
      await kiosk.models.set({});
      const sent = new Float32Array(new Uint8Array(readFileSync(kept)).buffer);
      const expected = golden.output('image');
      expect(sent).toHaveLength(expected.data.length);
      const greatest = sent.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(expected.data[i]))), 0);
      expect(greatest).toBeLessThanOrEqual(1e-6);
    }, 60_000);

    test.each(['mesmer', 'multiplex'])(
      '%s asks the scale detection model of the nuclei where the job says no scale',
      async (type) => {
        const before = (await kiosk.models.calls()).length;
        const { hash, status } = await kiosk.send(type, 'tissue.tif');
        expect(status).toBe('done');
        const asked = (await kiosk.models.calls()).slice(before).find(({ method }) => method === 'Predict');
        expect(asked).toMatchObject({ model: 'Scale', shape: expect.arrayContaining([64, 64, 1]) });
        expect(await kiosk.client.hget(hash, 'scale')).toBe('0.5');
        expect(kiosk.results('tissue')[0]!.shape).toEqual([1, ROWS, COLUMNS]);
      },
      60_000,
    );

    test('labels have the size of the image whatever the scale', async () => {
      expect(await kiosk.send('mesmer', 'tissue.tif', { scale: '0.7' })).toMatchObject({ status: 'done' });
      expect(kiosk.results('tissue')[0]!.shape).toEqual([1, ROWS, COLUMNS]);
    }, 60_000);

    test('keeps every other channel of the file out of it', async () => {
      const planes = [1, 2, 3].map((seed) => nucleiImage(ROWS, COLUMNS, seed));
      await writeTissue('three.tif', planes);
      expect(await kiosk.send('mesmer', 'three.tif', { channels: '2,0' })).toMatchObject({ status: 'done' });
    }, 60_000);

    test.each<[string, string, Record<string, string>, RegExp]>([
      ['one channel', 'one.tif', {}, /^ImageShapeError: The image has 1 channel; 2 are needed: nuclei, cytoplasm/],
      ['three channels', 'three.tif', {}, /^ImageShapeError: The image has 3 channels; 2 are needed/],
      ['one channel named', 'tissue.tif', { channels: '0,' }, /^InvalidJobError: The field "channels" is "0,"/],
      ['a channel out of range', 'tissue.tif', { channels: '0,5' }, /^ImageShapeError: Channel 5 is asked for/],
      [
        'an unknown compartment',
        'tissue.tif',
        { compartment: 'membrane' },
        /^InvalidJobError: .*whole-cell, nuclear, both/,
      ],
      [
        'a compartment for a function without one',
        'tissue.tif',
        { compartment: 'both', postprocess_function: 'pixelwise' },
        /^InvalidJobError: .*compartment/,
      ],
      ['NaN in the image', 'nan.tif', {}, /^ImageValueError: The image holds NaN at row 3, column 4, channel 1/],
      [
        'a wrong layout of heads',
        'tissue.tif',
        { model_name: 'Nuclei' },
        /^ProcessingError: mesmer_postprocess: 2 outputs; 4 .* or 8 .* are accepted/,
      ],
    ])(
      'refuses %s',
      async (_what, file, fields, reason) => {
        await writeTissue('one.tif', [nucleiImage(ROWS, COLUMNS)]);
        const spoilt = Float32Array.from(nucleiImage(64, 64).data);
        spoilt[3 * 64 + 4] = Number.NaN;
        await writeTissue('nan.tif', [nucleiImage(64, 64), ndArray(spoilt, [64, 64])]);
        const outcome = await kiosk.send('mesmer', file, fields);
        expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
      },
      60_000,
    );
  },
);
