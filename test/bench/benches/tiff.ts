import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import type { NdArray } from '../../../src/processing/array/nd-array.js';
import { writeNpy } from '../../support/npy.js';
import type { BenchContext, Benchmark, Row } from '../contract.js';
import { built } from '../../support/built.js';
import { cpuMs, interleave, type Contender } from '../support/interleave.js';
import { openPythonPeer, type PythonPeer } from '../support/python-peer.js';
import { referenceImage } from '../support/reference-image.js';
import { rateRow } from '../support/rows.js';
import { assertSameArray } from '../support/same-array.js';

type Reader = typeof import('../../../src/images/read.js');
type Writer = typeof import('../../../src/images/tiff/write.js');
type Label = typeof import('../../../src/processing/measure/label.js');
type Compression = 'none' | 'deflate';

interface Kind {
  readonly name: string;
  readonly array: NdArray;
  readonly compression: Compression;
  /** sharp gives the right numbers only for unsigned integers of up to 16 bits. */
  readonly sharp: boolean;
}

/** Reading and writing the kinds of file that the jobs meet: pixels as they are in memory, a second of processor time. */
export const tiff: Benchmark = {
  name: 'tiff',
  summary:
    'TIFF files in MB of pixels a second of processor time, against tifffile (Debian) and sharp. Deflate is level 1. What is read was written by tifffile, one strip a page.',
  async run(context) {
    sharp.concurrency(1);
    sharp.cache(false);
    const peer = openPythonPeer('tiff', 'python3-tifffile');
    if (peer) context.own(peer, () => peer.close());
    const rows: Row[] = [];
    for (const kind of kinds()) rows.push(...(await measureKind(kind, context, peer)));
    return rows;
  },
};

function kinds(): Kind[] {
  const { image } = referenceImage(2048, 2048);
  const stack = stackOf(image);
  const mask = { shape: image.shape, data: Uint8Array.from(image.data, (value) => (value > 1500 ? 1 : 0)) };
  const { labels } = (built('src/processing/measure/label.js') as Label).label(mask);
  const floats = { shape: image.shape, data: Float32Array.from(image.data, (value) => (value - 1074) / 1367) };
  return [
    { name: '2048² uint16 raw', array: image, compression: 'none', sharp: true },
    { name: '2048² uint16 deflate', array: image, compression: 'deflate', sharp: true },
    { name: '60 × 1024² uint16 raw', array: stack, compression: 'none', sharp: true },
    { name: '60 × 1024² uint16 deflate', array: stack, compression: 'deflate', sharp: true },
    { name: '2048² int32 labels deflate', array: labels, compression: 'deflate', sharp: false },
    { name: '2048² float32 raw', array: floats, compression: 'none', sharp: false },
    { name: '2048² float32 deflate', array: floats, compression: 'deflate', sharp: false },
  ];
}

/** Sixty different crops of the image. */
function stackOf({ data }: NdArray<Uint16Array>): NdArray<Uint16Array> {
  const stack = new Uint16Array(60 * 1024 * 1024);
  for (let plane = 0; plane < 60; plane++) {
    for (let row = 0; row < 1024; row++) {
      const start = (plane * 17 + row) * 2048 + plane * 13;
      stack.set(data.subarray(start, start + 1024), (plane * 1024 + row) * 1024);
    }
  }
  return { shape: [60, 1024, 1024], data: stack };
}

async function measureKind(
  kind: Kind,
  { folder, progress }: BenchContext,
  peer: PythonPeer | undefined,
): Promise<Row[]> {
  progress(kind.name);
  const { readImage } = built('src/images/read.js') as Reader;
  const { writeTiff } = built('src/images/tiff/write.js') as Writer;
  const { array, compression } = kind;
  const path = (name: string) => join(folder, `${kind.name} ${name}`);
  const [source, ours, theirs, sharps] = [path('.npy'), path('ours.tif'), path('tifffile.tif'), path('sharp.tif')];
  await writeTiff(ours, array, { compression });
  if (peer) {
    writeNpy(source, array);
    await peer.call('write', { source, file: theirs, compression });
    await checkPeerReads(peer, ours, array, folder);
  }
  const file = peer ? theirs : ours;
  assertSameArray(await readImage(file), array, `${kind.name}, as we read it`);
  const asSharp = kind.sharp && (await sharpReads(file, array));
  const reading: Record<string, Contender> = {
    ours: () => cpuMs(() => readImage(file)),
    ...(peer && { tifffile: async () => (await peer.call('read', { file })).cpuMs }),
    ...(asSharp && { sharp: () => cpuMs(() => openSharp(file).raw({ depth: 'ushort' }).toBuffer()) }),
  };
  const writing: Record<string, Contender> = {
    ours: () => cpuMs(() => writeTiff(ours, array, { compression })),
    ...(peer && { tifffile: async () => (await peer.call('write', { source, file: theirs, compression })).cpuMs }),
    ...(asSharp && array.shape.length === 2 && { sharp: () => cpuMs(() => writeSharp(array, sharps, compression)) }),
  };
  const readCosts = await interleave(reading);
  const writeCosts = await interleave(writing);
  const common = { ours: 'ours', unit: 'MB/s', amount: array.data.byteLength / 1e6 };
  return [
    ...Object.keys(reading)
      .slice(1)
      .map((name) => rateRow({ ...common, name: rowName('read', kind, name), costs: readCosts, peer: name })),
    ...Object.keys(writing)
      .slice(1)
      .map((name) => rateRow({ ...common, name: rowName('write', kind, name), costs: writeCosts, peer: name })),
    ...(peer
      ? []
      : [
          rateRow({ ...common, name: `read ${kind.name}`, costs: readCosts }),
          rateRow({ ...common, name: `write ${kind.name}`, costs: writeCosts }),
        ]),
  ];
}

function rowName(verb: string, { name }: Kind, peer: string): string {
  return peer === 'tifffile' ? `${verb} ${name}` : `${verb} ${name}, ${peer}`;
}

/** What we wrote, tifffile has to read back bit by bit. */
async function checkPeerReads(peer: PythonPeer, file: string, { data }: NdArray, folder: string): Promise<void> {
  const digest = join(folder, 'digest');
  await peer.call('read', { file }, digest);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  assert.equal(
    await readFile(digest, 'utf8'),
    createHash('sha256').update(bytes).digest('hex'),
    `${file}: tifffile reads other values`,
  );
}

function openSharp(file: string): Sharp {
  const options: SharpOptions = { limitInputPixels: false, pages: -1 };
  return sharp(file, options).toColourspace('grey16');
}

/** Whether sharp gives the right numbers; where it does not it is no peer. */
async function sharpReads(file: string, { data }: NdArray): Promise<boolean> {
  const pixels = await openSharp(file).raw({ depth: 'ushort' }).toBuffer();
  return pixels.equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
}

async function writeSharp({ shape, data }: NdArray, file: string, compression: Compression): Promise<void> {
  const [height, width] = shape as [number, number];
  const pixels = sharp(data as Uint16Array, { raw: { width, height, channels: 1 } }).toColourspace('grey16');
  // libvips has no level for deflate; its own default is zlib's.
  await pixels.tiff({ compression, predictor: 'none' }).toFile(file);
}
