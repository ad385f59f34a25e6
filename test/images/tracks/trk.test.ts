import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KioskError } from '../../../src/errors/kiosk-error.js';
import { npyParts } from '../../../src/images/npy/write-npy.js';
import { encodeTarHeader } from '../../../src/images/tracks/tar-header.js';
import { readTrk } from '../../../src/images/tracks/read-trk.js';
import type { TrkFile } from '../../../src/images/tracks/trk-file.js';
import { writeTrk } from '../../../src/images/tracks/write-trk.js';
import type { Track } from '../../../src/processing/tracking/lineage.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());

function at(name: string): string {
  return join(folder.path, name);
}

const TRACKS: readonly Track[] = [
  { label: 1, frames: [0], parent: null, daughters: [2, 3], frameDiv: 1, capped: true },
  { label: 2, frames: [1], parent: 1, daughters: [], frameDiv: null, capped: false },
  { label: 3, frames: [1], parent: 1, daughters: [], frameDiv: null, capped: false },
];

function film(films?: number): TrkFile {
  const shape = [...(films === undefined ? [] : [films]), 2, 3, 4];
  const size = 24 * (films ?? 1);
  return {
    raw: { dtype: 'uint16', shape: [...shape, 2], data: Uint16Array.from({ length: 2 * size }, (_, i) => i * 5) },
    tracked: { shape: [...shape, 1], data: Int32Array.from({ length: size }, (_, i) => i % 4) },
    lineages: Array.from({ length: films ?? 1 }, () => TRACKS),
  };
}

/** A tar archive of the given members. */
function tarOf(members: readonly (readonly [name: string, body: Uint8Array])[]): Buffer {
  const parts = members.flatMap(([name, body]) => [
    encodeTarHeader(name, body.length),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function npy(shape: readonly number[], length = shape.reduce((a, b) => a * b, 1)): Uint8Array {
  return Buffer.concat(npyParts('int32', { shape, data: new Int32Array(length) }));
}

async function refusal(bytes: Uint8Array): Promise<unknown> {
  writeFileSync(at('bad.trk'), bytes);
  return await readTrk(at('bad.trk')).catch((error: unknown) => error);
}

describe('.trk files', () => {
  test.each([
    ['one film', undefined],
    ['several films', 3],
  ])('of %s come back as they were, gzip-compressed or plain', async (_, films) => {
    const content = film(films);
    await writeTrk(at('a.trk'), content);
    expect(await readTrk(at('a.trk'))).toEqual(content);
    writeFileSync(at('plain.trk'), gunzipSync(readFileSync(at('a.trk'))));
    expect(await readTrk(at('plain.trk'))).toEqual(content);
  });

  test('may be without a lineage, and hold other members, whose names lead nowhere', async () => {
    const outside = Buffer.from('outside');
    writeFileSync(
      at('b.trk'),
      tarOf([
        ['../../lineage.json', outside],
        ['/raw.npy', outside],
        ['./raw.npy', npy([1, 2, 2, 1])],
        ['tracked.npy', npy([1, 2, 2, 1])],
      ]),
    );
    const { raw, lineages } = await readTrk(at('b.trk'));
    expect([raw.shape, lineages]).toEqual([[1, 2, 2, 1], [[]]]);
  });

  const sound = () =>
    tarOf([
      ['lineage.json', Buffer.from('{}')],
      ['raw.npy', npy([1, 20, 20, 1])],
      ['tracked.npy', npy([1, 20, 20, 1])],
    ]);
  test.each([
    ['nothing', () => new Uint8Array(0), 'KC_IMAGE_UNREADABLE', 'holds no raw.npy'],
    ['text', () => Buffer.from('x'.repeat(600)), 'KC_IMAGE_UNREADABLE', 'is no tar archive'],
    ['a few bytes', () => Buffer.from('abc'), 'KC_IMAGE_UNREADABLE', 'ends early'],
    ['a cut archive', () => sound().subarray(0, 1800), 'KC_IMAGE_UNREADABLE', 'ends early: 1'],
    ['a cut gzip', () => gzipSync(sound()).subarray(0, 60), 'KC_IMAGE_UNREADABLE', 'cannot be read (unexpected end'],
    [
      'damage',
      () => {
        const bytes = sound();
        bytes[1024 + 3]! ^= 1;
        return bytes;
      },
      'KC_IMAGE_UNREADABLE',
      'a header that makes no sense',
    ],
    [
      'a member twice',
      () =>
        tarOf([
          ['raw.npy', npy([1, 1, 1, 1])],
          ['raw.npy', npy([1, 1, 1, 1])],
        ]),
      'KC_IMAGE_UNREADABLE',
      'holds raw.npy twice',
    ],
    [
      'a size of gigabytes',
      () => encodeTarHeader('raw.npy', 8 ** 11 - 1),
      'KC_IMAGE_TOO_LARGE',
      'has 8589934591 bytes',
    ],
    ['gigabytes of something else', () => encodeTarHeader('x', 8 ** 11 - 1), 'KC_IMAGE_TOO_LARGE', 'no part of it'],
    [
      'arrays that do not fit',
      () =>
        tarOf([
          ['raw.npy', npy([2, 3, 3, 1])],
          ['tracked.npy', npy([2, 3, 4, 1])],
        ]),
      'KC_IMAGE_SHAPE',
      'raw.npy has shape (2, 3, 3, 1), tracked.npy (2, 3, 4, 1)',
    ],
    [
      'too few axes',
      () =>
        tarOf([
          ['raw.npy', npy([3, 3])],
          ['tracked.npy', npy([3, 3])],
        ]),
      'KC_IMAGE_SHAPE',
      'raw.npy has shape (3, 3)',
    ],
    [
      'a lineage that is none',
      () =>
        tarOf([
          ['lineage.json', Buffer.from('{"1":{"label":2,"frames":[0]}}')],
          ['raw.npy', npy([1, 1, 1, 1])],
          ['tracked.npy', npy([1, 1, 1, 1])],
        ]),
      'KC_IMAGE_UNREADABLE',
      'no sound track "1"',
    ],
    [
      'no JSON',
      () =>
        tarOf([
          ['lineage.json', Buffer.from('{')],
          ['raw.npy', npy([1, 1, 1, 1])],
          ['tracked.npy', npy([1, 1, 1, 1])],
        ]),
      'KC_IMAGE_UNREADABLE',
      'no JSON',
    ],
    [
      'lineages for other films',
      () =>
        tarOf([
          ['lineages.json', Buffer.from('[{}, {}]')],
          ['raw.npy', npy([1, 1, 1, 1])],
          ['tracked.npy', npy([1, 1, 1, 1])],
        ]),
      'KC_IMAGE_SHAPE',
      '2 lineages for 1 films',
    ],
  ])('of %s are refused', async (_, bytes, code, message) => {
    expect(await refusal(bytes())).toMatchObject({
      code,
      message: expect.stringContaining(message),
      facts: { hint: expect.any(String) },
    });
  });

  test('damaged in any place are read or refused with a way out', async () => {
    const random = randomNumbers(4);
    const codes = new Set<string>();
    for (let round = 0; round < 300; round++) {
      const bytes = sound();
      // Mostly in headers, where damage does more than to change a number.
      const place = Math.floor(random() * (round % 3 === 0 ? bytes.length : 1700));
      bytes[place] = Math.floor(random() * 256);
      const found = await refusal(round % 2 === 0 ? bytes : gzipSync(bytes));
      if (!(found instanceof Error)) continue;
      expect(found).toBeInstanceOf(KioskError);
      expect((found as KioskError).facts.hint).toBeDefined();
      codes.add((found as KioskError).code);
    }
    expect([...codes].every((code) => code.startsWith('KC_IMAGE_'))).toBe(true);
    expect(codes.size).toBeGreaterThan(0);
  });

  test('are not written from tracks that contradict each other', async () => {
    const content = { ...film(), lineages: [TRACKS.slice(0, 2)] };
    await expect(writeTrk(at('c.trk'), content)).rejects.toThrow(
      'writeTrk: track 1 names 3 as a daughter, which does not name it as its parent',
    );
    await expect(writeTrk(at('c.trk'), { ...film(), lineages: [] })).rejects.toThrow('0 lineages do not fit together');
  });

  const live = requireTool('python3-scipy') ? test : test.skip;
  const peer = (...args: string[]) => {
    const script = new URL('trk-peer.py', import.meta.url).pathname;
    return spawnSync('/usr/bin/python3', [script, ...args], { encoding: 'utf8' });
  };

  live('are read by tarfile and numpy', async () => {
    const content = film();
    await writeTrk(at('d.trk'), content);
    const weighted = (data: ArrayLike<number>) => Array.from(data).reduce((sum, value, i) => sum + value * i, 0);
    expect(JSON.parse(peer('read', at('d.trk')).stdout)).toEqual({
      members: ['lineage.json', 'raw.npy', 'tracked.npy'],
      arrays: {
        'raw.npy': { dtype: '<u2', shape: [2, 3, 4, 2], sum: weighted(content.raw.data as Uint16Array) },
        'tracked.npy': { dtype: '<i4', shape: [2, 3, 4, 1], sum: weighted(content.tracked.data) },
      },
      lineage: {
        1: { label: 1, frames: [0], daughters: [2, 3], capped: true, frame_div: 1, parent: null },
        2: { label: 2, frames: [1], daughters: [], capped: false, frame_div: null, parent: 1 },
        3: { label: 3, frames: [1], daughters: [], capped: false, frame_div: null, parent: 1 },
      },
    });
  });

  live.each([
    ['w', 'gnu'],
    ['w:gz', 'pax'],
  ])('written by tarfile and numpy (%s, %s) are read', async (mode, form) => {
    expect(peer('write', at('e.trk'), mode, form).stderr).toBe('');
    const { raw, tracked, lineages } = await readTrk(at('e.trk'));
    expect(raw).toEqual({
      dtype: 'float64',
      shape: [2, 3, 4, 1],
      data: Float64Array.from({ length: 24 }, (_, i) => i),
    });
    expect([...tracked.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0]);
    expect(lineages).toEqual([TRACKS]);
  });
});
