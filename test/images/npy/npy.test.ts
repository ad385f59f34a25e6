import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readNpy } from '../../../src/images/npy/read-npy.js';
import { npyParts } from '../../../src/images/npy/write-npy.js';
import { viewAs } from '../../../src/images/dtype.js';
import type { DType } from '../../../src/processing/array/nd-array.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const DTYPES: readonly DType[] = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float16',
  'float32',
  'float64',
];

/** A file with this dictionary as its header. */
function withHeader(dictionary: string, body: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(dictionary.length, 8);
  else head.writeUInt32LE(dictionary.length, 8);
  return Buffer.concat([head, Buffer.from(dictionary, 'latin1'), body]);
}

function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
}

function refusal(bytes: Uint8Array): unknown {
  try {
    readNpy('a.npy', bytes);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('.npy files', () => {
  test.each(DTYPES)('of %s come back as they were', (dtype) => {
    const data = viewAs(
      dtype,
      Uint8Array.from({ length: 48 }, (_, i) => (i * 37) % 120),
    );
    for (const shape of [[data.length], [2, data.length / 2], [1, data.length, 1]]) {
      const bytes = Buffer.concat(npyParts(dtype, { shape, data }));
      expect(readNpy('a.npy', bytes)).toEqual({ dtype, shape, data });
    }
  });

  test('may be a single number, or none', () => {
    const one = Buffer.concat(npyParts('int32', { shape: [], data: Int32Array.of(7) }));
    expect(readNpy('a.npy', one)).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(7) });
    const none = Buffer.concat(npyParts('int32', { shape: [0, 3], data: new Int32Array(0) }));
    expect(readNpy('a.npy', none).shape).toEqual([0, 3]);
  });

  test('are read in either byte order, in Fortran order and in later formats', () => {
    expect(readNpy('a.npy', withHeader(header('>u2', '2,'), Uint8Array.of(1, 2, 3, 4))).data).toEqual(
      Uint16Array.of(0x0102, 0x0304),
    );
    const columns = withHeader(header('|u1', '2, 3', 'True'), Uint8Array.of(1, 4, 2, 5, 3, 6));
    expect(readNpy('a.npy', columns).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(readNpy('a.npy', withHeader(header('|b1', '2,'), Uint8Array.of(1, 0), 3)).data).toEqual(Uint8Array.of(1, 0));
  });

  test.each([
    ['no mark', Buffer.from('no numbers here'), 'KC_IMAGE_UNREADABLE', 'does not begin with the mark of numpy'],
    ['nothing', new Uint8Array(0), 'KC_IMAGE_UNREADABLE', 'does not begin'],
    ['an unknown version', withHeader(header('|u1', '1,'), Uint8Array.of(1), 9), 'KC_IMAGE_UNSUPPORTED', 'version 9'],
    ['a cut header', withHeader(header('|u1', '1,')).subarray(0, 30), 'KC_IMAGE_UNREADABLE', 'ends within its header'],
    ['a header of megabytes', withHeader(' '.repeat(20_000)), 'KC_IMAGE_UNREADABLE', 'a header of 20000 bytes'],
    ['no dictionary', withHeader('[1, 2]'), 'KC_IMAGE_UNREADABLE', 'no dictionary'],
    ['code', withHeader("{'descr': __import__('os'), }"), 'KC_IMAGE_UNREADABLE', 'not understood'],
    ['a key too few', withHeader("{'descr': '<f4', 'shape': (1,)}"), 'KC_IMAGE_UNREADABLE', 'without descr'],
    ['python objects', withHeader(header('|O', '1,')), 'KC_IMAGE_UNSUPPORTED', 'elements of type "|O"'],
    ['a wrong shape', withHeader(header('|u1', '1 2')), 'KC_IMAGE_UNREADABLE', 'which is none'],
    ['too few numbers', withHeader(header('<f4', '2,'), new Uint8Array(7)), 'KC_IMAGE_UNREADABLE', '7 of 8 bytes'],
    ['absurdly many', withHeader(header('<f8', '99999999, 99999999')), 'KC_IMAGE_TOO_LARGE', 'the limits are'],
    [
      'more than numbers can count',
      withHeader(header('<f8', '9'.repeat(15) + ', 9'.repeat(25) + ',')),
      'KC_IMAGE_TOO_LARGE',
      '',
    ],
  ])('with %s are refused', (_, bytes, code, message) => {
    expect(refusal(bytes)).toMatchObject({
      code,
      message: expect.stringContaining(message),
      facts: { hint: expect.any(String) },
    });
  });

  test('are not written from what does not fit', () => {
    expect(() => npyParts('float32', { shape: [2], data: new Float32Array(3) })).toThrow('not float32 of shape (2)');
    expect(() => npyParts('float32', { shape: [2], data: new Int32Array(2) })).toThrow('npy: 2 elements are not');
  });

  const live = requireTool('python3-scipy') ? test : test.skip;
  live('are read by numpy, byte for byte as numpy writes them', async () => {
    const folder = await temporaryFolder();
    try {
      const data = Float32Array.from({ length: 24 }, (_, i) => i / 3);
      const file = join(folder.path, 'a.npy');
      const bytes = Buffer.concat(npyParts('float32', { shape: [2, 3, 4], data }));
      writeFileSync(file, bytes);
      const script = `
import io, sys, numpy
array = numpy.load(sys.argv[1])
copy = io.BytesIO()
numpy.lib.format.write_array(copy, array, version=(1, 0))
print(array.shape, array.dtype, copy.getvalue() == open(sys.argv[1], 'rb').read())`;
      const python = spawnSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' });
      expect(python.stdout).toBe('(2, 3, 4) float32 True\n');
    } finally {
      await folder.remove();
    }
  });
});
