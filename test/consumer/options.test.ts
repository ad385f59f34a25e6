import { describe, expect, test } from '@jest/globals';
import { checkOptions, type OptionSpecs } from '../../src/consumer/options.js';

const SPECS: OptionSpecs = {
  minAreaPx: { type: 'integer', min: 0, default: 15, summary: 'drop objects smaller than this' },
  mode: { type: 'string', choices: ['fast', 'exact'], summary: 'how' },
  keep: { type: 'boolean', summary: 'whether' },
  parameters: { type: 'object', summary: 'more' },
};

describe('checkOptions', () => {
  test('fills in defaults and leaves out what has none', () => {
    expect(checkOptions('consumers.x', SPECS, { mode: 'fast' })).toEqual({
      values: { minAreaPx: 15, mode: 'fast' },
      faults: [],
    });
  });

  test('tells every fault, with name, value and what is accepted', () => {
    const { faults } = checkOptions('consumers.x', SPECS, {
      minAreaPx: 1.5,
      mode: 'slow',
      keep: 'yes',
      parameters: [],
      sise: 1,
    });
    expect(faults).toEqual([
      'consumers.x.sise is not an option; there are: minAreaPx, mode, keep, parameters',
      'consumers.x.minAreaPx is 1.5; it must be a whole number',
      'consumers.x.mode is "slow"; it must be one of fast, exact',
      'consumers.x.keep is "yes"; it must be true or false',
      'consumers.x.parameters is []; it must be an object',
    ]);
  });

  test('holds numbers to their bounds', () => {
    expect(checkOptions('c', SPECS, { minAreaPx: -1 }).faults).toEqual(['c.minAreaPx is -1; it must be at least 0']);
  });

  test('gives values that cannot be changed', () => {
    expect(Object.isFrozen(checkOptions('c', SPECS, {}).values)).toBe(true);
  });
});
