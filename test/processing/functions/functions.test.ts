import { describe, expect, test } from '@jest/globals';
import { KioskError } from '../../../src/errors/kiosk-error.js';
import type { FloatArray } from '../../../src/processing/array/nd-array.js';
import { ndArray, sizeOf } from '../../../src/processing/array/nd-array.js';
import { checkParameters, findFunction, listFunctions } from '../../../src/processing/functions.js';
import { areas, channels, cones, discs } from '../segmentation/draw.js';

function failure(run: () => unknown): KioskError {
  try {
    run();
  } catch (error) {
    if (error instanceof KioskError) return error;
  }
  throw new TypeError('no KioskError was thrown');
}

const CELLS = [
  [20, 15, 11],
  [20, 45, 11],
] as const;
const MAP = cones(40, 60, CELLS);
const BLANK = discs(40, 60, []);
const PIXELWISE = channels(BLANK, discs(40, 60, CELLS), BLANK);
const DETECTIONS: FloatArray[] = [
  ndArray(Float32Array.of(4, 9, 26, 31), [1, 1, 4]),
  ndArray(Float32Array.of(0.9), [1, 1]),
  ndArray(Float32Array.of(0), [1, 1]),
  ndArray(new Float32Array(196).fill(1), [1, 1, 14, 14, 1]),
];

/** For each function outputs that suit it, and how many objects they show. */
const OUTPUTS: Readonly<Record<string, readonly [outputs: FloatArray[], objects: number]>> = {
  'deep_watershed@0.6.1': [[MAP, MAP], 2],
  'deep_watershed@0.12.1': [[MAP, MAP], 2],
  pixelwise: [[PIXELWISE], 2],
  watershed: [[channels(BLANK, MAP)], 2],
  'multiplex@0.6.1': [[MAP, MAP, PIXELWISE, PIXELWISE, MAP, MAP, PIXELWISE, PIXELWISE], 2],
  'multiplex@0.8.6': [[MAP, PIXELWISE, MAP, PIXELWISE], 2],
  'multiplex@0.12.1': [[MAP, PIXELWISE, MAP, PIXELWISE], 2],
  deep_watershed_subcellular: [[MAP, MAP, PIXELWISE, PIXELWISE, MAP, MAP, PIXELWISE, PIXELWISE], 2],
  mesmer_postprocess: [[MAP, PIXELWISE, MAP, PIXELWISE], 2],
  mibi: [[channels(BLANK, discs(40, 60, CELLS))], 2],
  retinanet: [DETECTIONS, 1],
  retinanet_semantic: [[...DETECTIONS, PIXELWISE, PIXELWISE], 1],
};

describe('findFunction', () => {
  test.each([
    ['deep_watershed', '0.6.1', 'deep_watershed@0.6.1'],
    ['deep_watershed', '0.12.1', 'deep_watershed@0.12.1'],
    ['deep_watershed@0.6.1', '0.12.1', 'deep_watershed@0.6.1'],
    ['Deep-Watershed@v0.12.1', '0.6.1', 'deep_watershed@0.12.1'],
    ['deepcell', '0.6.1', 'pixelwise'],
    ['pixelwise@0.12.1', '0.6.1', 'pixelwise'],
    ['multiplex', '0.6.1', 'multiplex@0.6.1'],
    ['multiplex@0.8.6', '0.6.1', 'multiplex@0.8.6'],
    ['mesmer', '0.12.1', 'mesmer_postprocess'],
    ['retinanet-semantic', '0.6.1', 'retinanet_semantic'],
    [' none ', '0.6.1', 'none'],
  ] as const)('%s in generation %s is %s', (name, generation, id) => {
    expect(findFunction('postprocess', name, { generation }).id).toBe(id);
  });

  test.each([
    ['normalize', '0.6.1', 'normalize@0.6.1'],
    ['phase_preprocess', '0.12.1', 'histogram_normalization@0.12.1'],
    ['mesmer_preprocess', '0.12.1', 'multiplex_preprocess'],
  ] as const)('%s in generation %s is %s', (name, generation, id) => {
    expect(findFunction('preprocess', name, { generation }).id).toBe(id);
  });

  test('an id resolves to its own entry, whatever the generation', () => {
    for (const kind of ['preprocess', 'postprocess'] as const) {
      for (const { id } of listFunctions(kind)) {
        expect(findFunction(kind, id, { generation: '0.6.1' }).id).toBe(id);
        expect(findFunction(kind, id, { generation: '0.12.1' }).id).toBe(id);
      }
    }
  });

  test('an unknown name is told with the names there are and the one that was likely meant', () => {
    const error = failure(() => findFunction('postprocess', 'deep_watershd'));
    expect(error.code).toBe('KC_FUNCTION_UNKNOWN');
    expect(error.message).toMatch(
      /^there is no postprocessing function "deep_watershd"; did you mean deep_watershed\?; deep_watershed, pixelwise, /,
    );
    expect(error.facts.hint).toBe('write deep_watershed for deep_watershd');
    expect(failure(() => findFunction('preprocess', 'qqqqqqqqqqqq')).message).not.toContain('did you mean');
  });

  test('an unknown version is told with those there are', () => {
    expect(failure(() => findFunction('postprocess', 'deep_watershed@0.7')).message).toBe(
      'there is no postprocessing function "deep_watershed@0.7"; of deep_watershed, ' +
        'deep_watershed@0.6.1, deep_watershed@0.12.1 are accepted',
    );
    expect(failure(() => findFunction('postprocess', 'pixelwise@7')).message).toContain('pixelwise is accepted');
  });

  test('names, aliases and parameters are not given twice', () => {
    for (const kind of ['preprocess', 'postprocess'] as const) {
      const entries = listFunctions(kind);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
      for (const { parameters } of entries) {
        expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
      }
    }
  });
});

describe('post-processing functions', () => {
  test.each(Object.entries(OUTPUTS))('%s labels the objects of outputs that suit it', (id, [outputs, objects]) => {
    const entry = findFunction('postprocess', id);
    const parameters = checkParameters(entry, id === 'retinanet' ? { image_shape: [40, 60] } : {});
    const [labels] = entry.run(outputs, parameters);
    expect(labels!.shape).toEqual([1, 40, 60, 1]);
    expect(areas(labels as { data: Int32Array })).toHaveLength(objects);
  });

  test('every function but none has such outputs above', () => {
    expect(
      listFunctions('postprocess')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([...Object.keys(OUTPUTS), 'none'].toSorted());
  });

  test('the defaults, given one by one, are accepted and change nothing', () => {
    for (const [id, [outputs]] of Object.entries(OUTPUTS)) {
      const entry = findFunction('postprocess', id);
      const given = Object.fromEntries(entry.parameters.map((parameter) => [parameter.name, parameter.default]));
      expect(checkParameters(entry, given)).toEqual(checkParameters(entry));
      expect(() => entry.run(outputs, checkParameters(entry))).not.toThrow();
    }
  });

  test('parameters of the hash take effect', () => {
    const entry = findFunction('postprocess', 'deep_watershed', { generation: '0.12.1' });
    const run = (raw: object) => entry.run([MAP, MAP], checkParameters(entry, { ...raw }))[0] as { data: Int32Array };
    expect(areas(run({ small_objects_threshold: '5000' }))).toEqual([]);
    expect(areas(run({ interior_threshold: 0.5 }))[0]![1]).toBeLessThan(areas(run({}))[0]![1]);
    const mesmer = findFunction('postprocess', 'mesmer');
    const four = [MAP, PIXELWISE, MAP, PIXELWISE];
    const raw = { compartment: 'both', nuclear_kwargs: { small_objects_threshold: 5000 } };
    const [both] = mesmer.run(four, checkParameters(mesmer, raw));
    expect(both!.shape).toEqual([1, 40, 60, 2]);
    expect(both!.data.some((label, i) => i % 2 === 1 && Number(label) > 0)).toBe(false);
  });

  test('outputs that do not suit a function are a failure of its own class', () => {
    const error = failure(() => {
      const entry = findFunction('postprocess', 'deep_watershed@0.6.1');
      entry.run([MAP], checkParameters(entry));
    });
    expect(error.code).toBe('KC_FUNCTION_FAILED');
    expect(error.message).toBe('deep_watershed@0.6.1: 1 outputs; inner and outer distance are needed');
    expect(error.cause).toBeInstanceOf(RangeError);
    const pixelwise = findFunction('postprocess', 'pixelwise');
    expect(failure(() => pixelwise.run([MAP, MAP], checkParameters(pixelwise))).message).toBe(
      'pixelwise: 2 outputs; exactly one is accepted',
    );
  });

  test('none gives the outputs back', () => {
    const outputs = [MAP, PIXELWISE];
    expect(findFunction('postprocess', 'none').run(outputs, {})).toEqual(outputs);
  });
});

describe('pre-processing functions', () => {
  const image = ndArray(
    Float32Array.from({ length: 2 * 24 * 20 * 2 }, (_, i) => ((i * 7919) % 1000) + (i % 2) * 500),
    [2, 24, 20, 2],
  );

  test.each(listFunctions('preprocess').map((entry) => [entry.id, entry] as const))(
    '%s keeps the shape, and the image as it was',
    (_, entry) => {
      const before = image.data.slice();
      const result = entry.run(image, checkParameters(entry));
      expect(result.shape).toEqual(image.shape);
      expect(result.data).toHaveLength(sizeOf(image.shape));
      expect(result.data.every(Number.isFinite)).toBe(true);
      expect(image.data).toEqual(before);
    },
  );

  test('every function but none changes this image', () => {
    for (const entry of listFunctions('preprocess')) {
      const { data } = entry.run(image, checkParameters(entry));
      expect([entry.id, data.some((value, i) => value !== image.data[i])]).toEqual([entry.id, entry.id !== 'none']);
    }
  });

  test('parameters of the hash take effect', () => {
    const entry = findFunction('preprocess', 'percentile_threshold');
    const { data } = entry.run(image, checkParameters(entry, { percentile: '50' }));
    expect(Math.max(...data)).toBeLessThan(1100);
  });
});
