import type { Axes } from '../raster.js';
import { attributesOf, type OmeDocument, type OmePixels, parseOmeXml } from './ome-xml.js';
import type { TiffPage } from './page.js';
import { micronsPer, type PixelSize, positive } from './pixel-size.js';
import type { SeriesInput, SeriesPart } from './series.js';
import { squeeze } from './squeeze-axes.js';

/** More planes than this are not believed: it bounds the memory for a table that only the XML asks for. */
const MAX_PLANES = 1_000_000;

/** True if the description of the first page is OME-XML. */
export function isOme(input: SeriesInput): boolean {
  return input.descriptions[0]?.trimEnd().endsWith('OME>') ?? false;
}

/**
 * The first image of an OME-TIFF whose planes are in this file. Planes of other files of the same set are left out,
 * along whole axes; planes that no entry mentions are zeros. Undefined if the XML and the pages do not fit, so that the
 * pages stand for themselves.
 */
export function omeSeries(input: SeriesInput): SeriesPart | undefined {
  const document = parseOmeXml(input.descriptions[0] ?? '');
  for (const pixels of document.pixels) {
    const part = seriesOf(input, document, pixels);
    if (part !== undefined) return part;
  }
  return undefined;
}

function seriesOf(input: SeriesInput, document: OmeDocument, pixels: OmePixels): SeriesPart | undefined {
  const order = pixels.attributes.get('DimensionOrder') ?? '';
  if (!/^XY(?:ZCT|ZTC|CZT|CTZ|TCZ|TZC)$/u.test(order)) return undefined;
  const outer = order.slice(2).split('').toReversed();
  const samples = pixels.samplesPerPixel[0] ?? 1;
  const lengths = outer.map((axis) => size(pixels, axis) / (axis === 'C' ? samples : 1));
  const planes = lengths.reduce((product, length) => product * length, 1);
  if (!Number.isInteger(planes) || planes < 1 || planes > MAX_PLANES) return undefined;
  const table = planeTable(input, document, pixels, outer, lengths);
  const first = table?.pages.find((page) => page !== undefined);
  if (table === undefined || first === undefined || !fits(pixels, first, samples)) return undefined;
  if (!table.pages.every((page) => page === undefined || page.key === first.key)) return undefined;
  const kept = table.complete ? { lengths, pages: table.pages } : heldPart(table.pages, lengths);
  if (kept === undefined) return undefined;
  const axes: Axes = outer.join('') + first.axes;
  const pixelSize = physicalSize(pixels);
  return { ...squeeze(axes, [...kept.lengths, ...first.shape]), pages: kept.pages, ...(pixelSize && { pixelSize }) };
}

interface PlaneTable {
  readonly pages: (TiffPage | undefined)[];
  /** False if entries name planes that are in other files. */
  readonly complete: boolean;
}

/** Which page holds which plane, as the `TiffData` entries say; without entries, pages are planes in order. Undefined if
 * they say it over and over. */
function planeTable(
  input: SeriesInput,
  document: OmeDocument,
  pixels: OmePixels,
  outer: readonly string[],
  lengths: readonly number[],
): PlaneTable | undefined {
  const planes = lengths.reduce((product, length) => product * length, 1);
  const pages: (TiffPage | undefined)[] = Array.from({ length: planes });
  const own = ownUuid(input, document, pixels);
  let complete = true;
  const entries = pixels.tiffData.length > 0 ? pixels.tiffData : [{ attributes: '', uuid: undefined }];
  let filled = 0;
  for (const { attributes, uuid } of entries) {
    const values = attributesOf(attributes);
    const number = (name: string): number | undefined => wholeNumber(values.get(name));
    const directory = number('IFD');
    const noted = number('PlaneCount') ?? number('NumPlanes') ?? (directory === undefined ? 0 : 1);
    if (uuid !== undefined && uuid !== own) {
      complete = false;
      continue;
    }
    const at = outer.map((axis) => number(`First${axis}`) ?? 0);
    if (at.some((index, axis) => index >= lengths[axis]!)) continue;
    const start = at.reduce((flat, index, axis) => flat * lengths[axis]! + index, 0);
    const count = Math.min(noted === 0 ? input.directories.length : noted, planes - start);
    // Entries of a sound file name each plane once.
    filled += count;
    if (filled > 2 * planes) return undefined;
    for (let index = 0; index < count; index += 1) pages[start + index] = input.page((directory ?? 0) + index);
  }
  return { pages, complete };
}

/** The identity of this file: the document's own; else the entry with this file's name; else the only one there is. */
function ownUuid(input: SeriesInput, document: OmeDocument, pixels: OmePixels): string | undefined {
  if (document.uuid !== undefined) return document.uuid;
  const name = input.file.source.name.toLowerCase();
  const named = pixels.tiffData.find(({ fileName }) => fileName?.toLowerCase() === name);
  if (named !== undefined) return named.uuid;
  const all = new Set(pixels.tiffData.map(({ uuid }) => uuid));
  return all.size === 1 ? pixels.tiffData[0]!.uuid : undefined;
}

/** The part of the grid that this file holds, if it is a grid itself: some indices of each axis, in all combinations. */
function heldPart(
  pages: readonly (TiffPage | undefined)[],
  lengths: readonly number[],
): { lengths: number[]; pages: TiffPage[] } | undefined {
  const held = lengths.map(() => new Set<number>());
  const found: TiffPage[] = [];
  pages.forEach((page, plane) => {
    if (page === undefined) return;
    found.push(page);
    let rest = plane;
    for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
      held[axis]!.add(rest % lengths[axis]!);
      rest = Math.floor(rest / lengths[axis]!);
    }
  });
  const kept = held.map((indices) => indices.size);
  return kept.reduce((product, length) => product * length, 1) === found.length
    ? { lengths: kept, pages: found }
    : undefined;
}

function fits(pixels: OmePixels, page: TiffPage, samples: number): boolean {
  return page.width === size(pixels, 'X') && page.height === size(pixels, 'Y') && page.samples === samples;
}

function physicalSize(pixels: OmePixels): PixelSize | undefined {
  const along = (axis: string): number => {
    const unit = pixels.attributes.get(`PhysicalSize${axis}Unit`) ?? 'µm';
    return Number(pixels.attributes.get(`PhysicalSize${axis}`) ?? Number.NaN) * (micronsPer(unit) ?? Number.NaN);
  };
  return positive({ y: along('Y'), x: along('X') });
}

function size(pixels: OmePixels, axis: string): number {
  return wholeNumber(pixels.attributes.get(`Size${axis}`)) ?? Number.NaN;
}

function wholeNumber(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,10}$/u.test(text) ? Number(text) : undefined;
}
