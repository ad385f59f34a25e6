import type { TiffPage } from './page.js';
import { contiguousStart, gridOf, readSegmentTable } from './segment-table.js';
import type { SeriesInput, SeriesPart } from './series.js';
import { squeeze } from './squeeze-axes.js';

type Order = readonly [outer: Dimension, middle: Dimension, inner: Dimension];
type Dimension = 'frames' | 'slices' | 'channels';

const LETTERS: Readonly<Record<Dimension, string>> = { frames: 'T', slices: 'Z', channels: 'C' };

/** ImageJ names the fastest dimension first. */
const ORDERS: Readonly<Record<string, Order>> = {
  czt: ['frames', 'slices', 'channels'],
  ctz: ['slices', 'frames', 'channels'],
  zct: ['frames', 'channels', 'slices'],
  ztc: ['channels', 'frames', 'slices'],
  tcz: ['slices', 'channels', 'frames'],
  tzc: ['channels', 'slices', 'frames'],
};

/** True if the first page carries ImageJ's `key=value` lines. */
export function isImagej(input: SeriesInput): boolean {
  return imagejText(input.descriptions) !== undefined;
}

/** The lines of ImageJ's description by key; undefined if there is none. */
export function imagejFields(descriptions: readonly string[]): Map<string, string> | undefined {
  const text = imagejText(descriptions);
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/u)) {
    const parts = line.split('=');
    if (parts.length === 2) fields.set(parts[0]!.trim(), parts[1]!.trim());
  }
  return fields;
}

/**
 * An ImageJ stack or hyperstack. Its pages either have a directory each, or only the first has one and the pixels of
 * all stand in one piece from there on. Undefined if the numbers of the description do not fit the file.
 */
export function imagejSeries(input: SeriesInput): SeriesPart | undefined {
  const fields = imagejFields(input.descriptions);
  if (fields === undefined) return undefined;
  const { first } = input;
  const sizes = {
    frames: count(fields.get('frames')),
    slices: count(fields.get('slices')),
    channels: count(fields.get('channels')),
  };
  const planes = planesOf(input, sizes, count(fields.get('images')));
  if (planes === undefined) return undefined;
  const order = ORDERS[fields.get('order')?.toLowerCase() ?? 'czt'] ?? ORDERS.czt!;
  // Samples of a pixel that are the channels do not count twice.
  const channels = planes.samplesAreChannels ? 1 : sizes.channels;
  const lengths = order.map((dimension) => (dimension === 'channels' ? channels : sizes[dimension]));
  const letters = order.map((dimension) => LETTERS[dimension]).join('');
  const named = lengths.reduce((size, length) => size * length, 1);
  const rest = Math.floor(planes.images / named);
  const pageAxes = planes.samplesAreChannels && first.planar ? `C${first.axes.slice(1)}` : first.axes;
  const whole = rest >= 1 && rest * named === planes.images;
  const axes = whole ? `I${letters.replace(planes.samplesAreChannels ? 'C' : '', '')}` : 'I';
  const outer = whole
    ? [rest, ...lengths.filter((_, at) => !planes.samplesAreChannels || order[at] !== 'channels')]
    : [planes.images];
  return { ...squeeze(axes + pageAxes, [...outer, ...first.shape]), ...planes.found };
}

interface Planes {
  readonly images: number;
  readonly samplesAreChannels: boolean;
  readonly found: Pick<SeriesPart, 'pages' | 'contiguousFrom'>;
}

function planesOf(input: SeriesInput, sizes: Record<Dimension, number>, noted: number): Planes | undefined {
  const { first, file, directories } = input;
  const { frames, slices, channels } = sizes;
  if (!(frames >= 1 && slices >= 1 && channels >= 1)) return undefined;
  const samplesAreChannels = channels > 1 && first.samples === channels && (first.planar || noted === frames * slices);
  let images = frames * slices * (samplesAreChannels ? 1 : channels);
  // Stacks of old versions note the number of images alone.
  if (images === 1) images = Math.max(directories.length, noted >= 1 ? noted : 1);
  const grid = gridOf(first);
  const start = contiguousStart(first, grid, readSegmentTable(file, first, grid));
  const pages = alike(input);
  if (start !== undefined && pages.length < images) {
    const bytes = images * first.shape.reduce((size, length) => size * length, grid.elementBytes);
    if (start + bytes <= file.source.size)
      return { images, samplesAreChannels, found: { pages: [first], contiguousFrom: start } };
  }
  if (pages.length === 0) return undefined;
  return { images: pages.length, samplesAreChannels, found: { pages } };
}

function alike(input: SeriesInput): TiffPage[] {
  const pages: TiffPage[] = [];
  for (let index = 0; index < input.directories.length; index += 1) {
    const page = input.page(index);
    if (page?.key === input.first.key) pages.push(page);
  }
  return pages;
}

/** A number of planes; 1 where nothing is noted, NaN where it is not a number. */
function count(text: string | undefined): number {
  return text === undefined ? 1 : /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
}

function imagejText(descriptions: readonly string[]): string | undefined {
  for (const text of descriptions.slice(0, 2)) {
    if (text === '') return undefined;
    if (text.startsWith('ImageJ=') || text.startsWith('SCIFIO=')) return text;
  }
  return undefined;
}
