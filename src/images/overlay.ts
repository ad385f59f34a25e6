import { basename } from 'node:path';
import type { FloatArray, LabelArray } from '../processing/array/nd-array.js';
import { writeFailed } from './image-error.js';
import { colourOutlines, findOutlines } from './outlines.js';
import { drawPicture, type Colour } from './picture.js';

export interface OverlayOptions {
  /** `rgb`: three channels are red, green, blue of a photograph. Default `fluorescence`: each channel gets a colour. */
  readonly channels?: 'fluorescence' | 'rgb';
}

/** Six hues that stand out from grey and from each other. */
const OUTLINE_COLOURS: readonly Colour[] = [
  [255, 221, 0],
  [0, 229, 255],
  [255, 64, 255],
  [64, 255, 64],
  [255, 128, 0],
  [255, 60, 90],
];

/**
 * Writes a PNG of the image, its contrast stretched, with a coloured outline around each cell.
 *
 * @param image  (rows, columns, channels) or (1, rows, columns, channels)
 * @param labels (rows, columns), 0 is background
 * @throws {RangeError} if the shapes do not fit each other
 * @throws {KioskError} KC_STORAGE_FULL if the disk is full
 */
export async function writeOverlay(
  file: string,
  image: FloatArray,
  labels: LabelArray,
  options: OverlayOptions = {},
): Promise<void> {
  const [rows = 0, columns = 0] = labels.shape;
  const pixels = drawOverlay(image, labels, options);
  const { default: sharp } = await import('sharp');
  const picture = sharp(pixels, { raw: { width: columns, height: rows, channels: 3 }, limitInputPixels: false });
  await picture
    .png({ compressionLevel: 6 })
    .toFile(file)
    .catch((error: unknown) => {
      throw writeFailed(basename(file), error);
    });
}

/** The picture of {@link writeOverlay} as 8-bit RGB, (rows, columns, 3). */
export function drawOverlay(image: FloatArray, labels: LabelArray, options: OverlayOptions = {}): Uint8Array {
  const [rows = 0, columns = 0] = labels.shape;
  const shape = image.shape.length === 4 && image.shape[0] === 1 ? image.shape.slice(1) : image.shape;
  if (labels.shape.length !== 2 || shape.length !== 3 || shape[0] !== rows || shape[1] !== columns) {
    throw new RangeError(
      `writeOverlay: image of shape (${image.shape.join(', ')}) and labels of (${labels.shape.join(', ')}); rows and columns must be equal`,
    );
  }
  const picture = drawPicture({ shape, data: image.data }, options.channels);
  const outlines = findOutlines(labels);
  const colours = colourOutlines(outlines, [rows, columns], OUTLINE_COLOURS.length);
  for (let pixel = 0; pixel < outlines.length; pixel += 1) {
    const label = outlines[pixel]!;
    if (label !== 0) picture.set(OUTLINE_COLOURS[colours.get(label)!]!, pixel * 3);
  }
  return picture;
}
