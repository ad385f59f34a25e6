import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeNpy, writeNpy } from '../../../src/images/npy/write-npy.js';
import { ndArray, type NdArray } from '../../../src/processing/array/nd-array.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const ARRAYS: readonly (readonly [dtype: string, array: NdArray])[] = [
  ['float32', ndArray(Float32Array.of(1.5, -2, 3), [3])],
  ['float64', ndArray(Float64Array.of(0.1, 0.2, 0.3, 0.4), [2, 2])],
  ['int32', ndArray(Int32Array.of(-1, 2), [1, 2, 1])],
  ['int16', ndArray(Int16Array.of(-300), [1])],
  ['int8', ndArray(Int8Array.of(-3), [1])],
  ['uint8', ndArray(Uint8Array.of(200), [1])],
  ['uint16', ndArray(Uint16Array.of(60_000), [1])],
  ['uint32', ndArray(Uint32Array.of(4_000_000_000), [1])],
  ['int64', ndArray(BigInt64Array.of(-5n), [1])],
  ['uint64', ndArray(BigUint64Array.of(5n), [1])],
  ['float64', ndArray(new Float64Array(0), [0, 2])],
  ['float32', ndArray(Float32Array.of(7), [])],
];

(requireTool('python3-tifffile') ? describe : describe.skip)('.npy files', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  test('are read by numpy with the same type, shape and numbers', async () => {
    const files = await Promise.all(
      ARRAYS.map(async ([, array], index) => {
        const file = join(folder.path, `${index}.npy`);
        await writeNpy(file, array);
        return file;
      }),
    );
    const script = `import json, sys, numpy
read = [numpy.load(file, allow_pickle=False) for file in sys.argv[1:]]
print(json.dumps([[str(a.dtype), a.shape, [str(v) for v in a.ravel().tolist()]] for a in read]))`;
    const read = JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, ...files]).toString()) as unknown[][];
    const expected = ARRAYS.map(([dtype, { shape, data }]) => [dtype, shape, [...data].map(Number)]);
    expect(read.map(([dtype, shape, values]) => [dtype, shape, (values as string[]).map(Number)])).toEqual(expected);
  });

  test('begin their data at a multiple of 64 bytes', () => {
    const file = encodeNpy(ndArray(new Float64Array(2), [1, 2]));
    expect((file.length - 16) % 64).toBe(0);
    expect(file[file.length - 17]).toBe('\n'.charCodeAt(0));
  });

  test('are refused for data that do not fill the shape', () => {
    expect(() => encodeNpy({ shape: [3], data: new Float32Array(2) })).toThrow(
      '2 elements are not float32 of shape (3)',
    );
  });
});
