import type { FloatArray } from '../processing/array/nd-array.js';

export type Colour = readonly [red: number, green: number, blue: number];

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
 * A picture of an image for people, 8-bit RGB: each channel stretched from its 1 to its 99.8 percentile, tinted, added up.
 *
 * @param image (rows, columns, channels) float32; what is not a number is black
 * @param kind `rgb`: three channels are red, green, blue of a photograph. Default: each channel gets a colour
 * @returns rows · columns · 3 values
 */
export function drawPicture({ data, shape }: FloatArray, kind: 'fluorescence' | 'rgb' = 'fluorescence'): Uint8Array {
  const [rows, columns, channels] = shape as [number, number, number];
  const pixels = rows * columns;
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
