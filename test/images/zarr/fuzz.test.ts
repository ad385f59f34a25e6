import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { KioskError } from '../../../src/errors/kiosk-error.js';
import { readImage } from '../../../src/images/read.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { ARRAY, buildStore, MULTISCALE } from './build-store.js';

/** Small, so that what is read by chance costs nothing. */
const LIMITS = { maxPixels: 1e5, maxBytes: 1e6 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => void (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());

/** Values of the kinds that stand in such metadata, and others. */
const VALUE = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.integer({ min: -2, max: 2 ** 31 }), { maxLength: 6 }),
  fc.constantFrom('<f8', '>i4', '|u1', '<toString', '/', '.', 'F', '../..', '__proto__', 'NaN', 'constructor'),
  fc.record({ id: fc.constantFrom('zlib', 'gzip', 'zstd', 'lz4', 'blosc', 'numcodecs.zlib', 'constructor') }),
);

/** An object with some of its values replaced. */
function damaged(object: Readonly<Record<string, unknown>>) {
  const changes = fc.dictionary(fc.constantFrom(...Object.keys(object)), VALUE, { minKeys: 1, maxKeys: 2 });
  return changes.map((change) => ({ ...object, ...change }));
}

test('whatever stands in the metadata and the chunk, an image comes out or a refusal with a code', async () => {
  let run = 0;
  const attributes = damaged(MULTISCALE).map((multiscale) => ({ multiscales: [multiscale] }));
  const parts = fc.record(
    { array: damaged(ARRAY), attributes, bytes: fc.uint8Array({ maxLength: 64 }) },
    { requiredKeys: ['array'] },
  );
  await fc.assert(
    fc.asyncProperty(parts, async (part) => {
      const path = join(folder.path, `fuzz-${run++}.zarr`);
      await buildStore(path, part);
      const error: unknown = await readImage(path, { limits: LIMITS }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(KioskError);
      if (error instanceof KioskError) expect(error.code).toMatch(/^KC_IMAGE_/u);
    }),
    { numRuns: 400 },
  );
}, 60_000);
