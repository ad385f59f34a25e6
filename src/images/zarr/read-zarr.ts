import { statSync } from 'node:fs';
import type { NdArray } from '../../processing/array/nd-array.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { bytesPerElement, viewAs } from '../dtype.js';
import { unreadable, unsupported } from '../image-error.js';
import { checkLimits, DEFAULT_IMAGE_LIMITS } from '../limits.js';
import type { ImageHeader, ImageLimits, Raster } from '../raster.js';
import { squeeze } from '../tiff/squeeze-axes.js';
import { chunkBytes, type ArrayLayout } from './array-layout.js';
import { boundedStep, registerBoundedCodecs } from './bounded-codecs.js';
import { copyChunk, type StridedArray } from './copy-chunk.js';
import { findImage, type ZarrImage } from './find-image.js';
import { FolderStore, type ZarrStore } from './store.js';
import { ZipStore } from './zip-store.js';

/** Each costs a look into the store; images in millions of chunks are not made by anybody. */
const MAX_CHUNKS = 2 ** 20;

/** What a compression may add to data that it cannot make smaller. */
const MOST_GROWTH = 1.1;
const MOST_OVERHEAD_BYTES = 4096;

/**
 * What the metadata of an OME-Zarr tell, without reading a chunk: NGFF 0.1 to 0.5 in Zarr format 2 or 3, the full
 * resolution; a folder, or a zip archive of one.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE, KC_IMAGE_UNSUPPORTED; KC_IMAGE_TOO_LARGE if `limits` are exceeded, be it by the
 *   image or by one chunk
 */
export async function readZarrHeader(path: string, limits: ImageLimits = DEFAULT_IMAGE_LIMITS): Promise<ImageHeader> {
  return await withStore(path, limits, async (store) => headerOf(store, await findImage(store), limits));
}

/** The pixels of an OME-Zarr; chunks that are not there hold the fill value. Errors as {@link readZarrHeader}. */
export async function readZarr(path: string, limits: ImageLimits = DEFAULT_IMAGE_LIMITS): Promise<Raster> {
  return await withStore(path, limits, async (store) => {
    const image = await findImage(store);
    const { dtype, axes, shape, pixelSize } = headerOf(store, image, limits);
    const { data } = await readChunks(store, image);
    return { dtype, axes, shape, data, ...(pixelSize && { pixelSize }) };
  });
}

async function withStore<T>(path: string, limits: ImageLimits, work: (store: ZarrStore) => Promise<T>): Promise<T> {
  const store = statSync(path).isDirectory() ? new FolderStore(path) : await ZipStore.open(path, limits);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

function headerOf(store: ZarrStore, { layout, axes, pixelSize }: ZarrImage, limits: ImageLimits): ImageHeader {
  const { dtype, chunks, shape } = layout;
  checkLimits(store.name, { axes, shape, dtype }, limits);
  const { maxPixels, maxBytes } = limits;
  checkLimits(`one chunk of ${store.name}`, { axes, shape: chunks, dtype }, { maxPixels, maxBytes });
  const count = gridOf(layout).reduce((product, length) => product * length, 1);
  if (count > MAX_CHUNKS) {
    throw unsupported(
      store.name,
      `is cut into ${count} chunks of ${chunks.join(' × ')}; at most ${MAX_CHUNKS} are read`,
      'write it again in larger chunks, such as 512 × 512',
    );
  }
  const encoding = [
    `format ${layout.format}`,
    layout.compression ?? 'uncompressed',
    `chunks of ${chunks.join('x')}`,
    ...(bytesPerElement(dtype) === 1 ? [] : [layout.bigEndian ? 'big-endian' : 'little-endian']),
  ].join(', ');
  return { format: 'zarr', dtype, ...squeeze(axes, shape), encoding, ...(pixelSize && { pixelSize }) };
}

async function readChunks(store: ZarrStore, { path, layout }: ZarrImage): Promise<NdArray> {
  const array = await openArray(store, path, layout);
  const { shape, chunks, dtype } = layout;
  const elements = shape.reduce((product, length) => product * length, 1);
  const chunkElements = chunks.reduce((product, length) => product * length, 1);
  const target = { shape, data: viewAs(dtype, new Uint8Array(elements * bytesPerElement(dtype))) };
  for (const place of placesOf(gridOf(layout))) {
    let chunk: StridedArray;
    try {
      chunk = (await array.getChunk([...place])) as StridedArray;
    } catch (error) {
      if (error instanceof KioskError) throw error;
      throw unreadable(store.name, `the chunk ${place.join('/')} of ${path || 'the array'} cannot be decoded`, error);
    }
    if (chunk.data.length !== chunkElements) {
      const found = `holds ${chunk.data.length} elements instead of ${chunkElements}`;
      throw unreadable(store.name, `the chunk ${place.join('/')} of ${path || 'the array'} ${found}`);
    }
    copyChunk(
      target,
      chunk,
      place.map((index, axis) => index * chunks[axis]!),
    );
  }
  return target;
}

/** The array as `zarrita` opens it: with metadata of our own making, and its chunks from the store. */
async function openArray(store: ZarrStore, path: string, layout: ArrayLayout) {
  const zarr = await import('zarrita');
  registerBoundedCodecs(zarr.registry);
  const metadata = new TextEncoder().encode(JSON.stringify(metadataOf(layout)));
  const most = Math.ceil(chunkBytes(layout) * MOST_GROWTH) + MOST_OVERHEAD_BYTES;
  const chunksOf = {
    get: async (key: string): Promise<Uint8Array | undefined> =>
      key === '/zarr.json' ? metadata : await store.read(path === '' ? key.slice(1) : `${path}${key}`, most),
  };
  return await zarr.open.v3(chunksOf, { kind: 'array' });
}

function metadataOf({ shape, chunks, dtype, bigEndian, fortran, compression, keys, fill }: ArrayLayout) {
  const bytes = chunkBytes({ chunks, dtype });
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: keys.name, configuration: { separator: keys.separator } },
    codecs: [
      ...(fortran ? [{ name: 'transpose', configuration: { order: 'F' } }] : []),
      { name: 'bytes', configuration: { endian: bigEndian ? 'big' : 'little' } },
      ...(compression === undefined ? [] : [boundedStep(compression, bytes)]),
    ],
    fill_value: fill,
    attributes: {},
  };
}

/** How many chunks there are along each axis. */
function gridOf({ shape, chunks }: ArrayLayout): number[] {
  return shape.map((length, axis) => Math.ceil(length / chunks[axis]!));
}

/** All places of a grid, the last axis fastest. */
function* placesOf(grid: readonly number[]): Generator<readonly number[]> {
  const place = grid.map(() => 0);
  for (;;) {
    yield place;
    let axis = grid.length - 1;
    while (axis >= 0 && ++place[axis]! === grid[axis]) place[axis--] = 0;
    if (axis < 0) return;
  }
}
