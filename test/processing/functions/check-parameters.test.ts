import { describe, expect, test } from '@jest/globals';
import { KioskError } from '../../../src/errors/kiosk-error.js';
import { checkParameters } from '../../../src/processing/functions/check-parameters.js';

const entry = {
  id: 'grow@1',
  parameters: [
    { name: 'radius', type: 'integer', default: 10, unit: 'px', minimum: 0, maximum: 99, summary: '' },
    { name: 'min_level', type: 'number', default: 0.5, summary: '' },
    { name: 'expansion', type: 'integer', default: null, nullable: true, summary: '' },
    { name: 'exclude_border', type: 'boolean', default: false, summary: '' },
    { name: 'algorithm', type: 'string', default: 'h_maxima', values: ['h_maxima', 'peak_local_max'], summary: '' },
    { name: 'image_shape', type: 'shape', default: [256, 256], summary: '' },
    {
      name: 'inner',
      type: 'object',
      default: {},
      parameters: [{ name: 'radius', type: 'integer', default: 2, summary: '' }],
      summary: '',
    },
  ],
} as const;

function failure(raw: Record<string, unknown>): KioskError {
  try {
    checkParameters(entry, raw);
  } catch (error) {
    if (error instanceof KioskError) return error;
  }
  throw new TypeError('no KioskError was thrown');
}

describe('checkParameters', () => {
  test('fills in the defaults', () => {
    expect(checkParameters(entry)).toEqual({
      radius: 10,
      min_level: 0.5,
      expansion: null,
      exclude_border: false,
      algorithm: 'h_maxima',
      image_shape: [256, 256],
      inner: {},
    });
  });

  test('takes values as JSON or as the strings of a hash', () => {
    const typed = { radius: 3, min_level: -0.25, expansion: 2, exclude_border: true, image_shape: [64, 80] };
    const strings = {
      radius: '3',
      min_level: '-0.25',
      expansion: '2',
      exclude_border: 'True',
      image_shape: '64, 80',
    };
    expect(checkParameters(entry, strings)).toEqual(checkParameters(entry, typed));
    expect(checkParameters(entry, { inner: '{"radius": 4}' })['inner']).toEqual({ radius: 4 });
    expect(checkParameters(entry, { inner: { radius: 4 } })['inner']).toEqual({ radius: 4 });
  });

  test('reads names and words in either case, with - or _', () => {
    expect(checkParameters(entry, { 'Min-Level': 1, ALGORITHM: 'Peak-Local-Max' })).toMatchObject({
      min_level: 1,
      algorithm: 'peak_local_max',
    });
  });

  test('none is a value only where a parameter may have none', () => {
    expect(checkParameters(entry, { expansion: 'none' })['expansion']).toBeNull();
    expect(failure({ radius: null }).message).toBe(
      'grow@1: parameter radius is null; a whole number ≥ 0 and ≤ 99 is accepted',
    );
  });

  test.each([
    [{ radius: 2.5 }, 'grow@1: parameter radius is 2.5; a whole number ≥ 0 and ≤ 99 is accepted'],
    [{ radius: -1 }, 'grow@1: parameter radius is -1; a whole number ≥ 0 and ≤ 99 is accepted'],
    [{ radius: '12px' }, 'grow@1: parameter radius is "12px"; a whole number ≥ 0 and ≤ 99 is accepted'],
    [{ min_level: Number.NaN }, 'grow@1: parameter min_level is NaN; a number is accepted'],
    [{ min_level: [1] }, 'grow@1: parameter min_level is [1]; a number is accepted'],
    [{ expansion: 'x' }, 'grow@1: parameter expansion is "x"; a whole number or none is accepted'],
    [{ exclude_border: 'maybe' }, 'grow@1: parameter exclude_border is "maybe"; true or false is accepted'],
    [{ algorithm: 'peaks' }, 'grow@1: parameter algorithm is "peaks"; one of h_maxima, peak_local_max is accepted'],
    [
      { image_shape: [1, 0] },
      'grow@1: parameter image_shape is [1,0]; two whole numbers ≥ 1 (rows, columns) is accepted',
    ],
    [{ inner: 'radius' }, 'grow@1: parameter inner is "radius"; an object of parameters is accepted'],
    [{ inner: { radius: 'x' } }, 'grow@1: inner: parameter radius is "x"; a whole number is accepted'],
  ])('refuses %j and says what is accepted', (raw, message) => {
    const error = failure(raw);
    expect(error.code).toBe('KC_JOB_INVALID');
    expect(error.message).toBe(message);
  });

  test('names the parameter that was likely meant', () => {
    const error = failure({ raduis: 3 });
    expect(error.message).toBe(
      'grow@1 has no parameter "raduis", but radius; ' +
        'radius, min_level, expansion, exclude_border, algorithm, image_shape, inner are accepted',
    );
    expect(error.facts.hint).toBe('write radius for raduis');
    expect(failure({ zzzzzzz: 1 }).facts.hint).toBe('leave zzzzzzz away');
  });
});
