import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Raster } from '../../../src/images/raster.js';
import { readHeader, readImage } from '../../../src/images/read.js';
import { parseOmeXml } from '../../../src/images/tiff/ome-xml.js';
import { renameAxes } from '../../../src/images/tiff/series-shaped.js';
import { encodeTiff } from '../../../src/images/tiff/write.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { buildTiff, plainTags } from './build-tiff.js';

let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

/** Pages of 2 x 2 pixels, all of one page with one value; the description stands on the first. */
async function read(values: readonly number[], description: string, name = 'set.ome.tif'): Promise<Raster> {
  const data = Uint8Array.from(values.flatMap((value) => [value, value, value, value]));
  const path = join(folder.path, name);
  writeFileSync(path, encodeTiff({ shape: [values.length, 2, 2], data }, { description }));
  return await readImage(path);
}

/** The value of every page, in order. */
const valuesOf = (raster: Raster): number[] => [...raster.data].filter((_, index) => index % 4 === 0).map(Number);

function ome(pixels: string, tiffData: string, root = ''): string {
  return `<?xml version="1.0"?><!-- <Pixels SizeC="9"> --><OME ${root}><Image ID="Image:0"><Pixels SizeX="2" SizeY="2" ${pixels}>${tiffData}</Pixels></Image></OME>`;
}

/** An ImageJ description. */
const lines = (...fields: string[]): string => `ImageJ=1.54f\n${fields.join('\n')}\n`;

describe('OME-TIFF', () => {
  test('dimension order, slowest axis first, and micrometres from other units', async () => {
    const description = ome(
      'DimensionOrder="XYZCT" SizeC="2" SizeZ="3" SizeT="1" PhysicalSizeX="500" PhysicalSizeXUnit="nm" PhysicalSizeY="0.00025" PhysicalSizeYUnit="mm"',
      '<Channel ID="a"/><Channel ID="b"/><TiffData/>',
    );
    const raster = await read([0, 1, 2, 3, 4, 5], description);
    expect(raster).toMatchObject({ axes: 'CZYX', shape: [2, 3, 2, 2], pixelSize: { x: 0.5, y: 0.25 } });
    expect(valuesOf(raster)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('pages that stand in another order are put where their entries say', async () => {
    const entries = [2, 0, 1].map((z, ifd) => `<TiffData IFD="${ifd}" FirstZ="${z}" PlaneCount="1"></TiffData>`);
    const description = ome('DimensionOrder="XYZCT" SizeC="1" SizeZ="3" SizeT="1"', entries.join(''));
    const raster = await read([20, 0, 10], description);
    expect(raster.axes).toBe('ZYX');
    expect(valuesOf(raster)).toEqual([0, 10, 20]);
  });

  test('without entries the pages are the planes in order', async () => {
    const raster = await read([1, 2, 3, 4], ome('DimensionOrder="XYCTZ" SizeC="2" SizeZ="1" SizeT="2"', ''));
    expect(raster).toMatchObject({ axes: 'TCYX', shape: [2, 2, 2, 2] });
  });

  test('of a set of files, what this file holds is read, along whole axes', async () => {
    const entries = [0, 1, 2].flatMap((time) =>
      [0, 1].map(
        (channel) =>
          `<TiffData IFD="${channel}" FirstT="${time}" FirstC="${channel}" PlaneCount="1"><UUID FileName="t${time}.ome.tif">urn:uuid:${time}</UUID></TiffData>`,
      ),
    );
    const description = ome(
      'DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="3"',
      entries.join(''),
      'UUID="urn:uuid:1"',
    );
    const raster = await read([7, 8], description);
    expect(raster).toMatchObject({ axes: 'CYX', shape: [2, 2, 2] });
    expect(valuesOf(raster)).toEqual([7, 8]);
  });

  test('a single file keeps its planes when it is renamed', async () => {
    const entry = '<TiffData IFD="0" PlaneCount="3"><UUID FileName="before.ome.tif">urn:uuid:1</UUID></TiffData>';
    const raster = await read([1, 2, 3], ome('DimensionOrder="XYTZC" SizeC="1" SizeZ="1" SizeT="3"', entry));
    expect(raster).toMatchObject({ axes: 'TYX', shape: [3, 2, 2] });
  });

  test('planes that no entry names are zeros', async () => {
    const entry = '<TiffData IFD="0" FirstT="1" PlaneCount="1"/>';
    const raster = await read([9], ome('DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="3"', entry));
    expect(valuesOf(raster)).toEqual([0, 9, 0]);
  });

  test.each([
    ['other sides', ome('DimensionOrder="XYZCT" SizeC="2" SizeZ="1" SizeT="1"', '').replace('SizeX="2"', 'SizeX="3"')],
    ['an order that is none', ome('DimensionOrder="ZYX" SizeC="2" SizeZ="1" SizeT="1"', '')],
    ['sizes beyond belief', ome('DimensionOrder="XYZCT" SizeC="99999999" SizeZ="99999999" SizeT="9"', '')],
    ['no XML', '<<<</OME>'],
    [
      'entries that say the same over and over',
      ome('DimensionOrder="XYZCT" SizeC="2" SizeZ="1" SizeT="1"', '<TiffData PlaneCount="2"/>'.repeat(9)),
    ],
    ['only a pointer', '<OME><BinaryOnly MetadataFile="x"/></OME>'],
  ])('with %s the pages stand for themselves', async (_, description) => {
    expect(await read([1, 2], description)).toMatchObject({ axes: 'IYX', shape: [2, 2, 2] });
  });

  test('an entity cannot make the text grow', () => {
    const bomb = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><OME UUID="&b;&lt;&#65;&#x42;"/>';
    expect(parseOmeXml(bomb).uuid).toBe('&b;<AB');
  });
});

test.each([
  ['comments that never end', '', '<!--'],
  ['a tag that never ends', '', '<OME a="'],
  ['a name that never ends', '<', 'a'],
  ['an attribute that never ends', '<OME ', 'a'],
  ['tags within tags', '', '<Pixels '],
  ['quotes', '<OME ', '"'],
  ['images', '', '<Pixels><TiffData IFD="0">'],
  ['entries', '<Pixels>', '<TiffData IFD="0"/>'],
])('a text of a million times %s costs no more than its length', (_, before, part) => {
  const start = performance.now();
  parseOmeXml(before + part.repeat(1_000_000));
  expect(performance.now() - start).toBeLessThan(5000);
});

describe('ImageJ stacks', () => {
  test('the order of a hyperstack is respected', async () => {
    const raster = await read([0, 1, 2, 3, 4, 5], lines('channels=2', 'slices=3', 'hyperstack=true', 'order=zct'));
    expect(raster).toMatchObject({ axes: 'CZYX', shape: [2, 3, 2, 2] });
  });

  test('numbers that do not fit the pages are not believed', async () => {
    expect(await read([1, 2, 3], lines('frames=2', 'slices=2'))).toMatchObject({ axes: 'IYX', shape: [3, 2, 2] });
    expect(await read([1, 2, 3], lines('frames=-2'))).toMatchObject({ axes: 'IYX', shape: [3, 2, 2] });
  });

  test.each([true, false])(
    'one directory for many pages, little-endian %s: pixels follow without a gap',
    async (little) => {
      const pixels = Buffer.alloc(5 * 4 * 2);
      const view = new DataView(pixels.buffer, pixels.byteOffset);
      for (let at = 0; at < 20; at += 1) view.setUint16(at * 2, at * 300, little);
      const path = join(folder.path, 'one-directory.tif');
      for (const [text, axes] of [
        [lines('images=5'), 'IYX'],
        [lines('images=5', 'slices=5'), 'ZYX'],
        [lines('images=5', 'frames=5', 'hyperstack=true'), 'TYX'],
      ] as const) {
        const tags = plainTags(2, 2, 16, [[270, 2, text]]);
        writeFileSync(path, buildTiff([{ tags }], pixels, little));
        const raster = await readImage(path);
        expect(raster).toMatchObject({ axes, shape: [5, 2, 2] });
        expect([...raster.data]).toEqual(Array.from({ length: 20 }, (_, index) => index * 300));
      }
    },
  );

  test('one directory whose pages run over the end of the file gives the page that is there', async () => {
    const path = join(folder.path, 'short.tif');
    writeFileSync(path, buildTiff([{ tags: plainTags(2, 2, 8, [[270, 2, lines('images=900')]]) }], new Uint8Array(4)));
    expect(await readHeader(path)).toMatchObject({ axes: 'YX', shape: [2, 2] });
  });

  test('microns are told by their many names', async () => {
    for (const unit of ['micron', 'um', 'µm', '\\u00B5m']) {
      const tags = plainTags(2, 2, 8, [
        [270, 2, lines(`unit=${unit}`)],
        [282, 4, [4]],
        [283, 4, [2]],
      ]);
      const path = join(folder.path, 'unit.tif');
      writeFileSync(path, buildTiff([{ tags }], new Uint8Array(4)));
      expect((await readHeader(path)).pixelSize).toEqual({ x: 0.25, y: 0.5 });
    }
  });
});

describe('arrays written by tifffile', () => {
  test.each([
    ['YXS', [219, 301, 1], [219, 301], 'YX'],
    ['IYX', [12, 219, 301], [3, 4, 219, 1, 301, 1], 'QQYQXQ'],
    ['QYX', [6, 20, 30], [2, 3, 20, 30], 'QQYX'],
    ['YX', [20, 30], [1, 1, 20, 30], 'QQYX'],
    ['QYX', [6, 20, 30], [6, 600], 'QQ'],
  ])('axes %s of %j are named %s %j', (axes, shape, newShape, expected) => {
    expect(renameAxes(axes, shape, newShape)).toBe(expected);
  });

  test.each(['{"shape": "x"}', '{"shape": [3, -2, 2]}', '{"shape": [7]}', '{"shape": [1e300, 2, 2]}', '{"shape": ['])(
    'a note %s that does not fit leaves the pages as they are',
    async (description) => {
      expect(await read([1, 2, 3], description)).toMatchObject({ axes: 'IYX', shape: [3, 2, 2] });
    },
  );

  test('axes that do not fit the shape are left out', async () => {
    const raster = await read([1, 2, 3], '{"shape": [3, 2, 2], "axes": "TZYX"}');
    expect(raster).toMatchObject({ axes: 'QYX', shape: [3, 2, 2] });
  });
});
