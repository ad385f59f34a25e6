import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  encodeLineage,
  toCtc,
  writeTiff,
  writeTrk,
  type NdArray,
  type Tracking,
  type TrkFile,
  type ZipEntry,
} from 'kiosk-consumer';

export interface SaveRequest {
  readonly tracking: Tracking;
  /** Name of the film without its last extension; a directory in front of it becomes one in the archive. */
  readonly name: string;
  /** Where the files go. */
  readonly folder: string;
  /** Also writes `<name>.trk`, with these images: (frames, rows, columns) or (frames, rows, columns, channels). */
  readonly trk?: { readonly raw: NdArray; readonly dtype: TrkFile['raw']['dtype'] };
  /** Also writes `<name>_res_track.txt` and `<name>_res.tif` in the form of the Cell Tracking Challenge. */
  readonly ctc?: boolean;
}

/**
 * Thread: a tracking to the files of the result archive, `<name>_feature_0.tif` (float32, (frames, rows, columns)) and
 * `lineage.json` at its root, and further ones that are asked for.
 * @returns where each file is, and its path in the archive
 */
export default async function save(request: SaveRequest): Promise<ZipEntry[]> {
  const { tracking, name, folder, trk, ctc } = request;
  const entries: ZipEntry[] = [];
  const place = (entry: string): string => {
    const file = join(folder, basename(entry));
    entries.push({ name: entry, file });
    return file;
  };
  const { shape, data } = tracking.labels;
  // The Kiosk's archives hold float32 whatever they mean.
  await writeTiff(place(`${name}_feature_0.tif`), { shape, data: new Float32Array(data) });
  await writeFile(place('lineage.json'), encodeLineage(tracking.tracks));
  if (trk) {
    await writeTrk(place(`${name}.trk`), {
      raw: { dtype: trk.dtype, ...withChannels(trk.raw) },
      tracked: withChannels(tracking.labels),
      lineages: [tracking.tracks],
    });
  }
  if (ctc === true) {
    const written = toCtc(tracking);
    await writeFile(place(`${name}_res_track.txt`), written.text);
    await writeTiff(place(`${name}_res.tif`), written.labels, { axes: 'TYX' });
  }
  return entries;
}

function withChannels<T extends NdArray>(stack: T): T {
  return stack.shape.length === 3 ? { ...stack, shape: [...stack.shape, 1] } : stack;
}
