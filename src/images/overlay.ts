import { basename } from 'node:path';
import type { FloatArray, LabelArray } from '../processing/array/nd-array.js';
import { writeFailed } from './image-error.js';
import { colourOutlines, findOutlines } from './outlines.js';

export interface OverlayOptions {
  /** `rgb`: three channels are red, green, blue of a photograph. Default `fluorescence`: each channel gets a colour. */
  readonly channels?: 'fluorescence' | 'rgb';
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Six hues that stand out from grey and from each other. */
const OUTLINE_COLOURS: readonly Colour[] = [
  [255, 221, 0],
  [0, 229, 255],
  [255, 64, 255],
  [64, 255, 64],
  [255, 128, 0],
  [255, 60, 90],
];

/** One channel is grey; of several, the first (nuclei, by custom) is blue, light enough to be seen, the next green. */
const GREY: Colour = [255, 255, 255];
const CHANNEL_COLOURS: readonly Colour[] = [
  [60, 110, 255],
  [0, 220, 60],
  [255, 50, 40],
  [150, 150, 150],
  [0, 180, 180],
  [200, 0, 200],
];
const RGB_COLOURS: readonly Colour[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
];

/** Share of pixels, in percent, at which a channel is black and at which it is full. */
const BLACK_PERCENTILE = 1;
const FULL_PERCENTILE = 99.8;

/** Percentiles are taken from this many pixels, evenly spread: plenty for a picture. */
const SAMPLED_PIXELS = 200_000;

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
  const picture = composite(image.data, rows * columns, shape[2]!, options.channels ?? 'fluorescence');
  const outlines = findOutlines(labels);
  const colours = colourOutlines(outlines, [rows, columns], OUTLINE_COLOURS.length);
  for (let pixel = 0; pixel < outlines.length; pixel += 1) {
    const label = outlines[pixel]!;
    if (label !== 0) picture.set(OUTLINE_COLOURS[colours.get(label)!]!, pixel * 3);
  }
  return picture;
}

/** Channels stretched, tinted and added up. */
function composite(data: Float32Array, pixels: number, channels: number, kind: 'fluorescence' | 'rgb'): Uint8Array {
  const sums = new Float32Array(pixels * 3);
  const palette = channelColours(channels, kind);
  for (let channel = 0; channel < channels; channel += 1) {
    const [red, green, blue] = palette[channel]!;
    const [black, full] = stretchOf(data, pixels, channels, channel);
    const scale = full > black ? 1 / (full - black) : 0;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const value = (data[pixel * channels + channel]! - black) * scale;
      // Not a number compares false and stays black.
      const shown = value > 1 ? 1 : value > 0 ? value : 0;
      sums[pixel * 3] = sums[pixel * 3]! + shown * red;
      sums[pixel * 3 + 1] = sums[pixel * 3 + 1]! + shown * green;
      sums[pixel * 3 + 2] = sums[pixel * 3 + 2]! + shown * blue;
    }
  }
  return new Uint8Array(new Uint8ClampedArray(sums).buffer);
}

/** The colour of each channel: grey for one alone. */
export function channelColours(channels: number, kind: 'fluorescence' | 'rgb'): Colour[] {
  const palette = channels === 1 ? [GREY] : kind === 'rgb' && channels === 3 ? RGB_COLOURS : CHANNEL_COLOURS;
  return Array.from({ length: channels }, (_, channel) => palette[channel % palette.length]!);
}

/**
 * The values of a channel that are shown black and in full colour.
 * @param data (pixels, channels)
 */
export function stretchOf(
  data: Float32Array,
  pixels: number,
  channels: number,
  channel: number,
): [black: number, full: number] {
  const step = Math.max(1, Math.floor(pixels / SAMPLED_PIXELS));
  const sample = new Float32Array(Math.ceil(pixels / step));
  let count = 0;
  for (let pixel = 0; pixel < pixels; pixel += step) {
    const value = data[pixel * channels + channel]!;
    if (Number.isFinite(value)) sample[count++] = value;
  }
  if (count === 0) return [0, 0];
  const sorted = sample.subarray(0, count).toSorted();
  const at = (percent: number): number => sorted[Math.round((percent / 100) * (count - 1))]!;
  const full = at(FULL_PERCENTILE);
  // A few bright spots on black, as in a sparse image, are less than the percentile leaves out.
  return [at(BLACK_PERCENTILE), full > at(BLACK_PERCENTILE) ? full : sorted[count - 1]!];
}
