import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { join, relative, resolve, sep } from 'node:path';

import { checkKey, faultOfKey, localName, resultKey, uploadKey } from '../../src/storage/keys.js';

describe('checkKey', () => {
  test.each([
    'a',
    'uploads/a.tif',
    'a b,c;d/100%.tif',
    '%2e%2e/x',
    '...',
    'a/..b/c..',
    'ä/細胞/🔬',
    '~',
    'x'.repeat(1024),
  ])('lets %j pass unchanged', (key) => {
    expect(checkKey(key)).toBe(key);
  });

  test.each([
    ['', /empty/],
    ['/a', /begins with/],
    ['a//b', /empty/],
    ['a/', /empty/],
    ['.', /part "\."/],
    ['..', /part "\.\."/],
    ['a/../b', /part "\.\."/],
    ['a/./b', /part "\."/],
    ['a\\..\\b', /backslash/],
    ['a\0b', /control/],
    ['a\nb', /control/],
    ['a\u0085b', /control/],
    ['a\ud800', /Unicode/],
    ['ä'.repeat(513), /1026 bytes/],
  ])('refuses %j and says why', (key, why) => {
    expect(() => checkKey(key)).toThrow(
      expect.objectContaining({ code: 'KC_STORAGE_KEY', message: expect.stringMatching(why) }),
    );
  });

  test('whatever passes stays inside the folder that it is joined to', () => {
    const parts = fc.oneof(
      fc.constantFrom('..', '.', '', '/', '\\', '%2e%2e', 'a', '~', 'C:'),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (list) => {
        const key = list.join('/');
        if (faultOfKey(key) !== undefined) return;
        const inside = relative('/data/bucket', resolve(join('/data/bucket', key)));
        expect(inside.split(sep).join('/')).toBe(key);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('localName', () => {
  test.each([
    ['uploads/a.tif', 'a.tif'],
    ['a b,c%.TIF', 'a b,c%.TIF'],
    ['uploads/.hidden', '_hidden'],
    ['../..', '_.'],
    ['', '_'],
    ['a/', '_'],
    ['x/a:b*?"<>|c.png', 'a_b______c.png'],
    ['..\\..\\evil.tif', '_._.._evil.tif'],
    [`${'細'.repeat(300)}.ome.tif`, `${'細'.repeat(65)}.tif`],
  ])('of %j is %j', (key, name) => {
    expect(localName(key)).toBe(name);
  });

  test('is one visible, short name inside the folder, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme' })), (text) => {
        const name = localName(text);
        expect(relative('/job', resolve(join('/job', name)))).toBe(name);
        expect(name).not.toMatch(/^\.|[/\\\0]|^$/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('new keys', () => {
  test('of results are random zips under output/', () => {
    expect(resultKey()).toMatch(/^output\/[0-9a-f]{32}\.zip$/);
    expect(resultKey()).not.toBe(resultKey());
  });

  test.each([
    ['cells.tif', '.tif'],
    ['CELLS.PNG', '.PNG'],
    ['cells', ''],
    ['cells.t/f', ''],
    ['a.ti f', ''],
  ])('of uploads keep a plain extension: %s', (name, extension) => {
    const key = uploadKey(name);
    expect(key).toMatch(/^uploads\/[0-9a-f]{32}(\.[A-Za-z0-9]+)?$/);
    expect(key.slice('uploads/'.length + 32)).toBe(extension);
  });
});
