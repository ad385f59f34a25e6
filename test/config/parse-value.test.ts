import { describe, expect, test } from '@jest/globals';
import { checkTyped, parseText } from '../../src/config/parse-value.js';
import type { Setting } from '../../src/config/setting.js';

const base = { key: 'x', env: ['X'], summary: '' } as const;
const integer: Setting = { ...base, type: 'integer', min: 1, max: 10, unit: 's' };
const number: Setting = { ...base, type: 'number', min: 0 };
const boolean: Setting = { ...base, type: 'boolean' };
const level: Setting = { ...base, type: 'choice', choices: ['warn', 'info'], aliases: { warning: 'warn' } };

describe('text', () => {
  test.each(['y', 'Yes', 't', 'TRUE', 'on', '1'])('"%s" is true', (text) => {
    expect(parseText(boolean, text)).toEqual({ value: true });
  });
  test.each(['n', 'No', 'f', 'FALSE', 'off', '0', ''])('"%s" is false', (text) => {
    expect(parseText(boolean, text)).toEqual({ value: false });
  });
  test('any other word is no boolean', () => {
    expect(parseText(boolean, 'maybe')).toHaveProperty('accepted');
  });

  test.each([
    ['3', { value: 3 }],
    [' 10 ', { value: 10 }],
  ])('the whole number "%s" is read', (text, parsed) => {
    expect(parseText(integer, text)).toEqual(parsed);
  });
  test.each(['3s', '0x3', '3.5', '', 'NaN', 'Infinity', '0', '11', '1e400', '1,5'])(
    '"%s" is refused, with what is accepted',
    (text) => {
      expect(parseText(integer, text)).toEqual({ accepted: 'a whole number from 1 to 10, in seconds' });
    },
  );
  test.each([
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1e-3', 0.001],
  ])('the number "%s" is read', (text, value) => {
    expect(parseText(number, text)).toEqual({ value });
  });

  test('a choice is read in any case and in its other spellings', () => {
    expect(parseText(level, 'WARNING')).toEqual({ value: 'warn' });
    expect(parseText(level, 'loud')).toEqual({ accepted: 'one of warn, info' });
  });

  test('a name holds no blank, colon or slash', () => {
    const name: Setting = { ...base, type: 'name' };
    expect(parseText(name, 'predict')).toEqual({ value: 'predict' });
    for (const text of ['a:b', 'a b', 'a/b']) expect(parseText(name, text)).toHaveProperty('accepted');
  });

  test('a model has a name, and a whole number for its version', () => {
    const model: Setting = { ...base, type: 'model' };
    expect(parseText(model, 'Nuclear:0')).toEqual({ value: 'Nuclear:0' });
    expect(parseText(model, 'Nuclear')).toEqual({ value: 'Nuclear' });
    expect(parseText(model, 'Nuclear:new')).toHaveProperty('accepted');
  });
});

describe('a value of the config file', () => {
  test('must be of its type already', () => {
    expect(checkTyped(integer, 3)).toEqual({ value: 3 });
    expect(checkTyped(integer, '3')).toHaveProperty('accepted');
    expect(checkTyped(boolean, true)).toEqual({ value: true });
    expect(checkTyped(boolean, 'true')).toHaveProperty('accepted');
    expect(checkTyped(level, 'info')).toEqual({ value: 'info' });
    expect(checkTyped(level, 3)).toHaveProperty('accepted');
  });
});
