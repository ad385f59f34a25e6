import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { lineageFaults } from '../../processing/tracking/lineage.js';
import { writeFailed } from '../image-error.js';
import { npyParts } from '../npy/write-npy.js';
import { encodeLineage, encodeLineages } from './lineage-json.js';
import { encodeTarHeader, TAR_BLOCK } from './tar-header.js';
import { TRK_MEMBERS, type TrkFile } from './trk-file.js';

/** zlib's fastest: a stack of labels shrinks as much, one of noise never does. */
const LEVEL = 1;
const MAX_FAULTS_TOLD = 3;

/**
 * Writes a .trk file (arrays of four axes) or a .trks file (five): a gzip-compressed tar of lineage.json (or
 * lineages.json), raw.npy and tracked.npy. The same contents give the same bytes.
 *
 * @throws {RangeError} if shapes or tracks do not fit together
 * @throws {KioskError} KC_STORAGE_FULL; a file that could not be finished is removed
 */
export async function writeTrk(file: string, content: TrkFile): Promise<void> {
  checkContent(content);
  const { raw, tracked, lineages } = content;
  const isSingle = raw.shape.length === 4;
  const lineage = Buffer.from(isSingle ? encodeLineage(lineages[0]!) : encodeLineages(lineages));
  const parts = [
    ...member(isSingle ? TRK_MEMBERS.lineage : TRK_MEMBERS.lineages, [lineage]),
    ...member(TRK_MEMBERS.raw, npyParts(raw.dtype, raw)),
    ...member(TRK_MEMBERS.tracked, npyParts('int32', tracked)),
    Buffer.alloc(2 * TAR_BLOCK),
  ];
  try {
    await pipeline(Readable.from(parts), createGzip({ level: LEVEL }), createWriteStream(file));
  } catch (error) {
    await rm(file, { force: true });
    throw writeFailed(basename(file), error);
  }
}

function member(name: string, parts: readonly Uint8Array[]): Uint8Array[] {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const filling = new Uint8Array((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
  return [encodeTarHeader(name, size), ...parts, filling];
}

function checkContent({ raw, tracked, lineages }: TrkFile): void {
  const axes = raw.shape.length;
  const expected = [...raw.shape.slice(0, -1), 1];
  const films = axes === 5 ? raw.shape[0]! : 1;
  if ((axes !== 4 && axes !== 5) || tracked.shape.join() !== expected.join() || lineages.length !== films) {
    throw new RangeError(
      `writeTrk: images of shape (${raw.shape.join(', ')}), labels of (${tracked.shape.join(', ')}) and ` +
        `${lineages.length} lineages do not fit together`,
    );
  }
  const frames = raw.shape.at(-4)!;
  const faults = lineages.flatMap((tracks) => lineageFaults(tracks, frames));
  if (faults.length > 0) throw new RangeError(`writeTrk: ${faults.slice(0, MAX_FAULTS_TOLD).join('; ')}`);
}
