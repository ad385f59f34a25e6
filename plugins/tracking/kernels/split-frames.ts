import { join } from 'node:path';
import { KioskError, readImage, sizeOf, writeTiff, type ImageLimits } from 'kiosk-consumer';

export interface SplitRequest {
  readonly file: string;
  readonly limits: ImageLimits;
  readonly maxFrames: number;
  /** Where the frames go; undefined: they are only counted. */
  readonly folder: string | undefined;
}

export interface Film {
  /** (frames, rows, columns). */
  readonly shape: readonly [number, number, number];
  /** The file of each frame, as TIFF of the film's own type. */
  readonly files: readonly string[];
}

/**
 * Thread: a stack of frames to a file for each.
 * @throws {KioskError} KC_IMAGE_SHAPE if the file is no stack of planes, KC_IMAGE_TOO_LARGE if it has too many
 */
export default async function splitFrames({ file, limits, maxFrames, folder }: SplitRequest): Promise<Film> {
  const { axes, shape, data, dtype } = await readImage(file, { limits });
  const kept = shape.filter((length) => length !== 1);
  const stack = kept.length === 2 ? [1, ...kept] : kept;
  if (stack.length !== 3 || !axes.includes('Y') || !axes.includes('X')) {
    throw new KioskError(
      'KC_IMAGE_SHAPE',
      `The film has axes ${axes} of lengths ${shape.join(' × ')}; frames × rows × columns are needed.`,
      { hint: 'Save one channel of the time-lapse as a TIFF stack.' },
    );
  }
  const [frames, rows, columns] = stack as [number, number, number];
  if (frames > maxFrames) {
    throw new KioskError('KC_IMAGE_TOO_LARGE', `The film has ${frames} frames; at most ${maxFrames} are accepted.`, {
      hint: 'Cut the film, or raise the option maxFrames.',
    });
  }
  const files: string[] = [];
  const size = sizeOf([rows, columns]);
  if (folder === undefined) return { shape: [frames, rows, columns], files };
  for (let frame = 0; frame < frames; frame += 1) {
    const target = join(folder, `frame-${frame}.tif`);
    const plane = data.subarray(frame * size, (frame + 1) * size);
    await writeTiff(target, { shape: [rows, columns], data: plane }, { dtype });
    files.push(target);
  }
  return { shape: [frames, rows, columns], files };
}
