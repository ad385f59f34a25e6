import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeTiff } from '../../src/images/tiff/write.js';
import { ndArray } from '../../src/processing/array/nd-array.js';
import { compareArrays } from '../golden/compare-arrays.js';
import { goldenCase } from '../golden/golden-case.js';
import { writeNpy } from '../support/npy.js';
import { requireTool } from '../support/require-tool.js';
import { startSmallKiosk, type SmallKiosk } from '../support/small-kiosk.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const IMAGE = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] } as const;
const VOLUME = { name: 'image', dtype: 'float32', shape: [-1, -1, -1, -1, 1] } as const;
const DETECTIONS = ['boxes', 'scores', 'labels', 'masks'];

/** Function as jobs name it, golden case of its numbers, the model's heads. */
const CASES: readonly (readonly [name: string, title: string, heads: readonly string[]])[] = [
  ...[
    'degenerate_box',
    'duplicate_box',
    'low_scores_small_objects',
    'none',
    'overlapping',
    'separate',
    'triple_overlap_dropped',
  ].map((one) => ['retinanet', `retinanet_to_label_image/${one}`, DETECTIONS] as const),
  ['retinanet-semantic', 'retinanet_semantic_to_label_image/cells_112', [...DETECTIONS, 'semantic']],
  ['retinanet-semantic', 'retinanet_semantic_to_label_image/overlapping', [...DETECTIONS, 'semantic']],
  ['mibi', 'mibi/cells_96', ['pixelwise']],
  ['deep_watershed@0.12.1', 'deep_watershed_3d/six_slices', ['inner', 'outer']],
];

(requireTool('redis-server') && requireTool('python3-tifffile') ? describe : describe.skip)(
  'functions that jobs name, with Redis and a model server',
  () => {
    let kiosk: SmallKiosk;
    let arrays: Awaited<ReturnType<typeof temporaryFolder>>;

    function goldenModel(title: string, heads: readonly string[]) {
      const golden = goldenCase(title);
      mkdirSync(join(arrays.path, title), { recursive: true });
      const answers = heads.map((head, index): [string, string] => {
        const file = join(arrays.path, title, `${head}.npy`);
        writeNpy(file, golden.input(head));
        return [`prediction_${index}`, file];
      });
      const input = golden.output('labels').shape.length === 5 ? VOLUME : IMAGE;
      return { name: modelOf(title), input, answers: Object.fromEntries(answers) };
    }

    beforeAll(async () => {
      arrays = await temporaryFolder();
      kiosk = await startSmallKiosk([
        ...CASES.map(([, title, heads]) => goldenModel(title, heads)),
        { name: 'Edges', input: IMAGE, computes: 'edges' },
        { name: 'Nuclei', input: IMAGE, computes: 'nuclei' },
        { name: 'Volumes', input: { ...VOLUME, shape: [-1, 8, 64, 64, 1] }, computes: 'volume' },
      ]);
      await Promise.all([kiosk.work('image'), kiosk.work('segmentation')]);
    }, 60_000);

    afterAll(async () => {
      await kiosk?.stop();
      await arrays?.remove();
    });

    /** An image, or a stack of planes, with bright balls (row, column, plane) of a radius of 6 pixels. */
    async function writeBalls(
      name: string,
      shape: readonly number[],
      balls: readonly (readonly [number, number, number])[] = [],
    ): Promise<void> {
      const [rows, columns] = shape.slice(-2) as [number, number];
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < data.length; i++) {
        const plane = Math.floor(i / (rows * columns));
        for (const [row, column, z] of balls) {
          const distance = Math.hypot((Math.floor(i / columns) % rows) - row, (i % columns) - column, plane - z);
          if (distance < 6) data[i] = 1 - distance / 6;
        }
      }
      const axes = shape.length === 3 ? 'ZYX' : 'YX';
      await writeTiff(join(kiosk.folder, name), ndArray(data, shape), { axes });
    }

    test.each(CASES)(
      '%s publishes the labels of the golden case %s',
      async (name, title) => {
        const golden = goldenCase(title);
        const expected = golden.output('labels');
        // (batch, rows, columns), (rows, columns, 1) of one image, or (batch, planes, rows, columns, 1) of a volume.
        const [rows, columns] = expected.shape.at(-1) === 1 ? expected.shape.slice(-3, -1) : expected.shape.slice(-2);
        const planes = expected.data.length / (rows! * columns!);
        await writeBalls('golden.tif', planes > 1 ? [planes, rows!, columns!] : [rows!, columns!]);
        const { image_shape: _ofTheImage, ...parameters } = golden.params;
        const fields = {
          model_name: modelOf(title),
          postprocess_function: name,
          postprocess_options: JSON.stringify(parameters),
        };
        expect(await kiosk.send('image', 'golden.tif', fields)).toMatchObject({ status: 'done' });
        const [entry, ...others] = kiosk.results('golden');
        expect(others).toEqual([]);
        expect(entry).toMatchObject({ name: 'golden_feature_0.tif', shape: [planes, rows, columns] });
        const found = ndArray(Float64Array.from(entry!.values!), expected.shape);
        expect(compareArrays(found, expected, golden.file)).toBeUndefined();
      },
      60_000,
    );

    test('mibi works on a model of two channels, at every scale', async () => {
      await writeBalls(
        'edges.tif',
        [96, 96],
        [
          [30, 30, 0],
          [60, 66, 0],
        ],
      );
      const fields = { model_name: 'Edges', preprocess_function: 'min_max_normalize', postprocess_function: 'mibi' };
      for (const scale of ['1', '3']) {
        expect(await kiosk.send('image', 'edges.tif', { ...fields, scale })).toMatchObject({ status: 'done' });
        expect(kiosk.results('edges')[0]!.shape).toEqual([1, 96, 96]);
      }
      expect(new Set(kiosk.results('edges')[0]!.values).size).toBe(3);
    }, 60_000);

    test.each([
      ['image', ['stack_feature_0.tif']],
      ['segmentation', Array.from({ length: 20 }, (_, plane) => `stack_batch_${plane}_feature_0.tif`)],
    ])(
      'a stack of planes goes to a model of volumes as a whole: %s',
      async (type, names) => {
        // Ten planes apart: in one plane the balls never touch, and each is one object through all of its planes.
        await writeBalls(
          'stack.tif',
          [20, 80, 90],
          [
            [20, 20, 4],
            [20, 21, 15],
            [60, 70, 9],
          ],
        );
        const fields = {
          model_name: 'Volumes',
          preprocess_function: 'min_max_normalize',
          postprocess_function: 'deep_watershed@0.12.1',
          postprocess_options: '{"radius": 2, "interior_threshold": 0.1, "interior_smooth": 0}',
        };
        expect(await kiosk.send(type, 'stack.tif', fields)).toMatchObject({ status: 'done' });
        const entries = kiosk.results('stack');
        expect(entries.map(({ name }) => name)).toEqual(names);
        const values = entries.flatMap((entry) => entry.values!);
        const at = (plane: number, row: number, column: number) => values[(plane * 80 + row) * 90 + column]!;
        const [first, second, third] = [at(4, 20, 20), at(15, 20, 21), at(9, 60, 70)];
        expect(new Set([0, first, second, third]).size).toBe(4);
        expect(at(2, 20, 20)).toBe(first);
        expect(at(17, 20, 21)).toBe(second);
        expect(at(12, 60, 70)).toBe(third);
        expect(new Set(values).size).toBe(4);
      },
      60_000,
    );

    test.each<[string, Record<string, string>, RegExp]>([
      [
        'maps, for a function of detections',
        { model_name: 'Nuclei', postprocess_function: 'retinanet' },
        /^ModelOutputError: .*boxes \(batch, N, 4\)/,
      ],
      [
        'detections, for a function of maps',
        { model_name: modelOf('retinanet_to_label_image/separate'), postprocess_function: 'deep_watershed' },
        /^ModelOutputError: Output "prediction_0" has shape/,
      ],
      [
        'images, for a model of volumes',
        { model_name: 'Volumes', postprocess_function: 'pixelwise' },
        /^ProcessingError: pixelwise: 2 outputs; exactly one/,
      ],
    ])(
      'refuses %s',
      async (_what, fields, reason) => {
        await writeBalls('one.tif', [96, 96], [[30, 30, 0]]);
        const outcome = await kiosk.send('image', 'one.tif', { ...fields });
        expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
      },
      60_000,
    );
  },
);

function modelOf(title: string): string {
  return title.replaceAll(/[^a-z0-9]/g, '');
}
