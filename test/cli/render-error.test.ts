import { describe, expect, test } from '@jest/globals';
import { errorAsJson, exitCodeOf, renderError } from '../../src/cli/render-error.js';
import { createStyle } from '../../src/cli/style.js';
import { wrap } from '../../src/cli/wrap.js';
import { KioskError } from '../../src/errors/kiosk-error.js';

const options = { style: createStyle(false), verbose: false, width: 80 };

const refused = new Error('connect ECONNREFUSED 127.0.0.1:6379', { cause: new Error('no route') });
const error = new KioskError(
  'KC_BROKER_UNREACHABLE',
  'The broker redis://redis-master:6379 does not answer.',
  { details: ['looked in: BROKER_URL'], hint: 'set BROKER_URL', see: 'docs/settings.md' },
  { cause: refused },
);

describe('an error for a person', () => {
  test('has its code, details, causes, the way out, and where to read on', () => {
    expect(renderError(error, options)).toBe(
      [
        'error KC_BROKER_UNREACHABLE  The broker redis://redis-master:6379 does not',
        '  answer.',
        '  looked in: BROKER_URL',
        '  because  connect ECONNREFUSED 127.0.0.1:6379',
        '  because  no route',
        '  try  set BROKER_URL',
        '  see  docs/settings.md',
      ].join('\n'),
    );
  });

  test('shows where it comes from only when asked', () => {
    expect(renderError(error, options)).not.toContain('render-error.test');
    const verbose = renderError(error, { ...options, verbose: true });
    expect(verbose).toMatch(/at .*render-error\.test/);
    expect(verbose).toContain('cause: Error: connect ECONNREFUSED');
  });

  test('that is not ours is a fault of the program', () => {
    expect(renderError(new TypeError('x is undefined'), options)).toContain(
      'error KC_INTERNAL  The program broke one of its own rules: TypeError: x',
    );
    expect(exitCodeOf(new TypeError('x'))).toBe(70);
    expect(renderError('text', options)).toContain('KC_INTERNAL');
  });

  test('does not repeat a cause that its message tells already', () => {
    const told = new KioskError('KC_PLUGIN', 'It cannot be loaded: boom', {}, { cause: new Error('boom') });
    expect(renderError(told, options)).toBe('error KC_PLUGIN  It cannot be loaded: boom');
  });
});

test('an error for a program holds the same facts', () => {
  expect(errorAsJson(error, false)).toEqual({
    error: {
      code: 'KC_BROKER_UNREACHABLE',
      message: 'The broker redis://redis-master:6379 does not answer.',
      details: ['looked in: BROKER_URL'],
      hint: 'set BROKER_URL',
      see: 'docs/settings.md',
      causes: ['connect ECONNREFUSED 127.0.0.1:6379', 'no route'],
      exit: 3,
    },
  });
});

describe('wrapping', () => {
  test('breaks at blanks and indents what follows', () => {
    expect(wrap('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four']);
  });

  test('leaves a word that is too long whole, so that it can be copied', () => {
    expect(wrap('see /a/very/long/path/indeed now', 10, '  ')).toEqual(['see', '  /a/very/long/path/indeed', '  now']);
  });
});
