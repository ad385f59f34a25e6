import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KioskError } from '../../errors/kiosk-error.js';
import type { LabelArray } from '../../processing/array/nd-array.js';
import { DEFAULT_IMAGE_LIMITS } from '../limits.js';
import { readNpy, type NpyArray } from '../npy/read-npy.js';
import type { ImageLimits } from '../raster.js';
import { parseLineages } from './lineage-json.js';
import { readTar } from './read-tar.js';
import { misshapenTracks, unreadableTracks } from './track-file-error.js';
import { TRK_MEMBERS, type TrkFile } from './trk-file.js';

/** A lineage has a few hundred bytes a cell. */
const MAX_LINEAGE_BYTES = 256 * 2 ** 20;
/** What a .npy file needs beside its numbers, generously. */
const NPY_OVERHEAD_BYTES = 16 * 1024;
const GREATEST_LABEL = 2 ** 31 - 1;

export interface ReadTrkOptions {
  readonly limits?: ImageLimits;
}

/**
 * Reads a .trk or .trks file, gzip-compressed or plain; which of both it is, its arrays tell. `raw` is what the file holds,
 * of any element type. The lineage may be missing: then there are no tracks.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE for a damaged or hostile file, KC_IMAGE_SHAPE if its arrays do not fit
 *   together, KC_IMAGE_TOO_LARGE before memory is taken, KC_IMAGE_UNSUPPORTED
 */
export async function readTrk(file: string, { limits = DEFAULT_IMAGE_LIMITS }: ReadTrkOptions = {}): Promise<TrkFile> {
  const name = basename(file);
  const members = await readMembers(file, limits);
  const [raw, tracked] = [TRK_MEMBERS.raw, TRK_MEMBERS.tracked].map((member) => {
    const bytes = members.get(member);
    if (!bytes) throw unreadableTracks(name, `holds no ${member}`);
    // Each is dropped when it has been read: a view keeps only what it needs.
    members.delete(member);
    return readNpy(`${name}, ${member}`, bytes, limits);
  }) as [NpyArray, NpyArray];
  checkShapes(name, raw.shape, tracked.shape);
  const films = raw.shape.length === 5 ? raw.shape[0]! : 1;
  return { raw, tracked: labelsOf(name, tracked), lineages: lineagesOf(name, members, films) };
}

async function readMembers(file: string, limits: ImageLimits): Promise<Map<string, Uint8Array>> {
  const maxBytes = (member: string): number => {
    if (member === TRK_MEMBERS.raw || member === TRK_MEMBERS.tracked) return limits.maxBytes + NPY_OVERHEAD_BYTES;
    return member === TRK_MEMBERS.lineage || member === TRK_MEMBERS.lineages ? MAX_LINEAGE_BYTES : 0;
  };
  const stream = createReadStream(file);
  try {
    return await readTar(file, uncompressed(stream), { maxBytes });
  } catch (error) {
    if (error instanceof KioskError) throw error;
    throw unreadableTracks(basename(file), `cannot be read (${(error as Error).message})`, error);
  } finally {
    stream.destroy();
  }
}

/** The bytes of a file, unpacked if they begin as gzip does. */
async function* uncompressed(stream: ReturnType<typeof createReadStream>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { value: first, done } = await chunks.next();
  if (done) return;
  const all = (async function* () {
    yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* all;
    return;
  }
  // Whoever reads the stream is told of the failure; the callback has nothing to add.
  yield* pipeline(all, createGunzip(), () => undefined) as AsyncIterable<Uint8Array>;
}

function checkShapes(name: string, raw: readonly number[], tracked: readonly number[]): void {
  const fits =
    (raw.length === 4 || raw.length === 5) &&
    tracked.length === raw.length &&
    tracked.at(-1) === 1 &&
    tracked.slice(0, -1).join() === raw.slice(0, -1).join() &&
    !raw.includes(0);
  if (!fits) {
    throw misshapenTracks(name, `raw.npy has shape (${raw.join(', ')}), tracked.npy (${tracked.join(', ')})`);
  }
}

function labelsOf(name: string, { dtype, shape, data }: NpyArray): LabelArray {
  if (dtype.startsWith('float')) throw misshapenTracks(name, `tracked.npy holds ${dtype}; whole numbers are accepted`);
  if (data instanceof Int32Array) return { shape, data };
  const labels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const label = Number(data[i]!);
    if (label > GREATEST_LABEL) throw misshapenTracks(name, `tracked.npy holds ${label}; no label is above 2^31 - 1`);
    labels[i] = Math.max(label, 0);
  }
  return { shape, data: labels };
}

function lineagesOf(name: string, members: ReadonlyMap<string, Uint8Array>, films: number): TrkFile['lineages'] {
  const bytes = members.get(TRK_MEMBERS.lineages) ?? members.get(TRK_MEMBERS.lineage);
  if (!bytes) return Array.from({ length: films }, () => []);
  const lineages = parseLineages(name, Buffer.from(bytes).toString('utf8'));
  if (lineages.length !== films) {
    throw misshapenTracks(name, `holds ${lineages.length} lineages for ${films} films`);
  }
  return lineages;
}
