import { describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import type { KioskError } from '../../src/errors/kiosk-error.js';
import { parseCard, readCard } from '../../src/models/card.js';
import { openModels } from '../../src/models/open.js';
import { failure, TEST_MODELS_OPTIONS } from '../conformance/models.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BUNDLED = fileURLToPath(new URL('../../plugins/image/models/nuclear-demo/1', import.meta.url));

describe('the card of a model', () => {
  test('is read from metadata.json; the bundled model has one', async () => {
    const card = await readCard(BUNDLED);
    expect(card).toEqual(JSON.parse(await readFile(path.join(BUNDLED, 'metadata.json'), 'utf8')));
    expect(card?.postprocess?.[0]?.function).toBe('deep_watershed@0.12.1');
  });

  test('may be left out, and all of it but the format', async () => {
    const folder = await temporaryFolder();
    expect(await readCard(folder.path)).toBeUndefined();
    await writeFile(path.join(folder.path, 'metadata.json'), '{"format": 1}');
    expect(await readCard(folder.path)).toEqual({ format: 1 });
    await folder.remove();
  });

  test('that is wrong is refused with all of its faults', () => {
    const faults = faultsOf({
      format: 2,
      heads: ['a', 'a', ''],
      preproces: [],
      postprocess: [{ parameters: {} }, { function: 'x', parameters: [] }],
      tiling: { size: [0, 1.5], halo: -1 },
      mpp: 0,
      diameterPx: { typical: 5, min: 8, max: 9 },
    });
    expect(faults).toEqual([
      expect.stringMatching(/^preproces is not known \(known: format, title/),
      'format must be 1, got 2',
      'heads[2] must be a text, got ""',
      'heads names an output twice',
      'postprocess[0].function is missing',
      'postprocess[1].parameters must be an object, got []',
      'tiling.size[0] must be a whole number of at least 1, got 0',
      'tiling.size[1] must be a whole number of at least 1, got 1.5',
      'tiling.halo must be a whole number of at least 0, got -1',
      'mpp must be a number above 0, got 0',
      'diameterPx must have min ≤ typical ≤ max, got 8, 5, 9',
    ]);
  });

  test('must leave a middle to each tile, and keep tiles on the grid of the network', () => {
    expect(faultsOf({ format: 1, tiling: { size: [112, 256], halo: 56 } })).toEqual([
      'tiling.size must exceed twice the halo of 56, got [112,256]',
    ]);
    expect(faultsOf({ format: 1, tiling: { size: [250, 256], multipleOf: 8 } })).toEqual([
      'tiling.size must be a multiple of 8, got [250,256]',
    ]);
  });

  test.each(['[]', '"x"', 'null', '{'])('is not %s', (text) => {
    expect(() => parseCard(text, 'metadata.json')).toThrow(/metadata\.json (is not JSON|does not fit)/);
  });
});

describe('addresses of models', () => {
  test.each([
    ['tf-serving:8500', 'scheme "tf-serving:"'],
    ['http://host:1', 'scheme "http:"'],
    ['nothing', 'no scheme'],
    ['grpc://', 'no host'],
    ['grpc://host:8500/path', 'only host and port'],
    ['grpc://user:secret@host', 'only host and port'],
    ['onnx:', 'no folder'],
    ['onnx://host/folder', 'onnx:///absolute/folder'],
  ])('such as %s are refused with what is accepted', async (url, message) => {
    const error = await failure(openModels(url, TEST_MODELS_OPTIONS));
    expect(error.code).toBe('KC_CONFIG');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('secret');
    expect(error.facts.details).toEqual(['schemes: grpc, grpcs, onnx']);
  });

  test('have the port of TensorFlow Serving unless they name one, and may be IPv6', async () => {
    const addresses = ['grpc://host', 'grpcs://host:1', 'GRPC://[::1]:9'];
    const clients = await Promise.all(addresses.map((url) => openModels(url, TEST_MODELS_OPTIONS)));
    expect(clients.map(({ address }) => address)).toEqual(['grpc://host:8500', 'grpcs://host:1', 'grpc://[::1]:9']);
    for (const client of clients) await client.close();
  });

  test('may be of a scheme that a plugin brings, but not replace one that is there', async () => {
    const seen: string[] = [];
    const own = { address: 'toy:x' } as Awaited<ReturnType<typeof openModels>>;
    const factory = (url: string): Promise<typeof own> => {
      seen.push(url);
      return Promise.resolve(own);
    };
    expect(await openModels('toy:x', TEST_MODELS_OPTIONS, new Map([['toy', factory]]))).toBe(own);
    await (await openModels('grpc://host', TEST_MODELS_OPTIONS, new Map([['grpc', factory]]))).close();
    expect(seen).toEqual(['toy:x']);
  });
});

function faultsOf(card: object): readonly string[] | undefined {
  try {
    parseCard(JSON.stringify(card), 'metadata.json');
  } catch (error) {
    return (error as KioskError).facts.details;
  }
  return undefined;
}
