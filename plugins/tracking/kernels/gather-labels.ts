import { extname, join } from 'node:path';
import { KioskError, openArchive, readImage, type ImageLimits, type LabelArray } from 'kiosk-consumer';

export interface GatherRequest {
  /** The result archive of each frame, in order. */
  readonly archives: readonly string[];
  readonly folder: string;
  readonly shape: readonly [frames: number, rows: number, columns: number];
  readonly limits: ImageLimits;
}

/** What a TIFF needs beside its pixels, generously. */
const OVERHEAD_BYTES = 2 ** 20;

/**
 * Thread: the label image of each frame's archive, which is its only file with an extension, to a stack.
 * @returns int32 (frames, rows, columns)
 * @throws {KioskError} KC_IMAGE_UNREADABLE for another number of files, KC_IMAGE_SHAPE for labels of another size
 */
export default async function gatherLabels({ archives, folder, shape, limits }: GatherRequest): Promise<LabelArray> {
  const [, rows, columns] = shape;
  const data = new Int32Array(shape[0] * rows * columns);
  for (const [frame, archive] of archives.entries()) {
    const plane = await readPlane(archive, join(folder, `labels-${frame}`), limits, frame);
    if (plane.length !== rows * columns) {
      throw new KioskError(
        'KC_IMAGE_SHAPE',
        `The labels of frame ${frame} have ${plane.length} pixels; the film has ${rows} × ${columns}.`,
      );
    }
    for (let i = 0, at = frame * plane.length; i < plane.length; i += 1, at += 1) data[at] = Number(plane[i]);
  }
  return { shape, data };
}

async function readPlane(archive: string, target: string, limits: ImageLimits, frame: number) {
  const bytes = limits.maxBytes + OVERHEAD_BYTES;
  const opened = await openArchive(archive, {
    limits: { maxEntries: 16, maxEntryBytes: bytes, maxTotalBytes: bytes },
    wanted: (name) => extname(name) !== '',
  });
  try {
    const [name, ...others] = opened.names;
    if (name === undefined || others.length > 0) {
      throw new KioskError(
        'KC_IMAGE_UNREADABLE',
        `The result of frame ${frame} holds ${opened.names.length} files; exactly one label image is needed.`,
        { hint: 'Let SEGMENTATION_QUEUE name a queue of jobs that label one channel, without further outputs.' },
      );
    }
    const file = `${target}${extname(name)}`;
    await opened.extract(name, file);
    const { data } = await readImage(file, { limits });
    return data;
  } finally {
    opened.close();
  }
}
