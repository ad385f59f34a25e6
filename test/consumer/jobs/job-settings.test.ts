import { describe, expect, test } from '@jest/globals';
import type { Job, ModelCard } from '../../../src/index.js';
import {
  channelPositions,
  chooseFunctions,
  chooseModel,
  positiveField,
} from '../../../src/consumer/jobs/job-settings.js';
import { checkScale, scaleFromSizes } from '../../../src/consumer/jobs/scale.js';
import { archiveStem } from '../../../src/consumer/jobs/archive-stem.js';
import { TEST_CONSUMER_SETTINGS } from '../../../src/testing/settings.js';

function job(fields: Record<string, string>): Job {
  return { key: 'q:x', fields, attempt: 1, signal: new AbortController().signal };
}

const card: ModelCard = {
  format: 1,
  postprocess: [{ function: 'deep_watershed@0.12.1', parameters: { radius: 2, interior_threshold: 0.3 } }],
  diameterPx: { typical: 25, min: 10, max: 50 },
  mpp: 0.65,
};

function choose(
  fields: Record<string, string>,
  more: { options?: Record<string, unknown>; variable?: string; card?: ModelCard } = {},
) {
  return chooseFunctions('postprocess', {
    job: job(fields),
    options: more.options ?? {},
    variable: more.variable,
    card: more.card,
    fallback: 'deep_watershed',
  });
}

describe('the functions of a job', () => {
  test('are those of the hash before option, variable, card and default', () => {
    const all = { options: { postprocess: 'watershed' }, variable: 'multiplex', card };
    expect(choose({ postprocess_function: 'pixelwise, none' }, all).names).toEqual(['pixelwise', 'none']);
    expect(choose({}, all).names).toEqual(['watershed']);
    expect(choose({}, { variable: 'multiplex', card }).names).toEqual(['multiplex']);
    expect(choose({}, { card }).names).toEqual(['deep_watershed@0.12.1']);
    expect(choose({}).names).toEqual(['deep_watershed']);
  });

  test('take the card’s parameters only where they are the card’s functions', () => {
    expect(choose({ postprocess_function: 'Deep-Watershed' }, { card }).parameters).toEqual({
      radius: 2,
      interior_threshold: 0.3,
    });
    expect(choose({ postprocess_function: 'pixelwise' }, { card }).parameters).toEqual({});
    expect(choose({ postprocess_function: 'deep_watershed@0.6.1' }, { card })).toEqual({
      names: ['deep_watershed@0.6.1'],
      parameters: {},
    });
  });

  test('have the version that the card declares where the name is bare', () => {
    expect(choose({ postprocess_function: 'deep_watershed' }, { card }).names).toEqual(['deep_watershed@0.12.1']);
    expect(choose({}, { variable: 'deep_watershed', card }).names).toEqual(['deep_watershed@0.12.1']);
    expect(choose({ postprocess_function: 'deep_watershed' }).names).toEqual(['deep_watershed']);
  });

  test('take parameters of the hash before options before the card', () => {
    const { parameters } = choose(
      { postprocess_options: '{"radius": 5}' },
      { card, options: { postprocessOptions: { radius: 3, interior_smooth: 2 } } },
    );
    expect(parameters).toEqual({ radius: 5, interior_smooth: 2, interior_threshold: 0.3 });
  });

  test.each(['[1]', '3', '{radius: 5}'])('refuse postprocess_options of %s', (text) => {
    expect(() => choose({ postprocess_options: text })).toThrow(/JSON object/);
  });
});

describe('the fields of a job', () => {
  test('name the model, or leave it to the settings', () => {
    expect(chooseModel(job({ model_name: 'Mine', model_version: '3' }), 'nuclear-demo:1')).toEqual({
      name: 'Mine',
      version: '3',
    });
    expect(chooseModel(job({ model_name: 'Mine' }), 'nuclear-demo:1')).toEqual({ name: 'Mine', version: undefined });
    expect(chooseModel(job({ model_name: '', model_version: '' }), 'nuclear-demo:1')).toEqual({
      name: 'nuclear-demo',
      version: '1',
    });
  });

  test('hold channels by position, empty ones left out', () => {
    expect(channelPositions(job({ channels: '0,,2' }))).toEqual([0, undefined, 2]);
    expect(channelPositions(job({ channels: '' }))).toBeUndefined();
    expect(() => channelPositions(job({ channels: '0;1' }))).toThrow(/"0;1"/);
  });

  test.each(['0', '-1', 'two', 'Infinity'])('refuse a scale of %s', (scale) => {
    expect(() => positiveField(job({ scale }), 'scale')).toThrow(/"scale"/);
  });
});

describe('the scale of an image', () => {
  test('follows the diameter of its nuclei only where the model does not know them', () => {
    expect(scaleFromSizes({ diameterPx: 30, pixelSizeUm: undefined }, card)).toBe(1);
    expect(scaleFromSizes({ diameterPx: 100, pixelSizeUm: undefined }, card)).toBe(0.25);
  });

  test('follows its pixel size', () => {
    expect(scaleFromSizes({ diameterPx: undefined, pixelSizeUm: 0.325 }, card)).toBe(0.5);
    expect(() => scaleFromSizes({ diameterPx: undefined, pixelSizeUm: 0.325 }, undefined)).toThrow(/does not say/);
  });

  test('stays within the bounds of the settings', () => {
    expect(() => checkScale(4, TEST_CONSUMER_SETTINGS.modelSettings)).toThrow(/The scale of the image is 4/);
  });
});

describe('the name of a result', () => {
  test.each([
    ['vectra.tif', 'vectra'],
    ['plate/well 1,2.ome.tiff', 'plate/well 1,2.ome'],
    ['../../etc/passwd.png', 'etc/passwd'],
    ['/abs/x.tif', 'abs/x'],
    ['C:\\data\\x.tif', 'C:/data/x'],
    ['.hidden', '.hidden'],
    ['', 'image'],
  ])('of %s is %s', (name, stem) => {
    expect(archiveStem(name)).toBe(stem);
  });
});
