import { KioskError } from '../../errors/kiosk-error.js';
import type { DType } from '../../processing/array/nd-array.js';
import type { Axes } from '../raster.js';
import { imagejSeries, isImagej } from './series-imagej.js';
import { isOme, omeSeries } from './series-ome.js';
import { isShaped, shapedSeries } from './series-shaped.js';
import { readPage, type TiffPage } from './page.js';
import { pixelSizeOf } from './pixel-size.js';
import { squeeze } from './squeeze-axes.js';
import { type Directory, readDirectories, readTexts, type TiffFile } from './read-directory.js';
import { TAG } from './tags.js';

/** The pages that make one image, and how they are arranged. */
export interface TiffSeries {
  readonly axes: Axes;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** In C order of the axes that are not within a page; undefined for a plane the file does not hold (zeros). */
  readonly pages: readonly (TiffPage | undefined)[];
  /** Pixels of all planes stand here in one piece, though not every plane has a directory. */
  readonly contiguousFrom?: number;
  readonly pixelSize?: { readonly y: number; readonly x: number };
  readonly alpha: boolean;
}

/** An arrangement found by one of the metadata dialects. */
export type SeriesPart = Pick<TiffSeries, 'axes' | 'shape' | 'pages' | 'contiguousFrom' | 'pixelSize'>;

/** What a dialect works on: the first page, the texts of its description, and the other pages when asked for. */
export interface SeriesInput {
  readonly file: TiffFile;
  readonly directories: readonly Directory[];
  readonly first: TiffPage;
  readonly descriptions: readonly string[];
  /** Page `index`; undefined if there is none or it is of a kind that cannot be read. */
  page(index: number): TiffPage | undefined;
}

/**
 * The first series of a file as tifffile's `series[0]` has it: its own "shaped" JSON, OME-XML, ImageJ, else all pages
 * that are stored like the first. Pyramid levels and thumbnails are left out.
 */
export function readSeries(file: TiffFile): TiffSeries {
  const directories = readDirectories(file);
  const first = readPage(file, directories[0]!);
  const descriptions = readTexts(file, directories[0]!, TAG.imageDescription);
  const pages = new Map<number, TiffPage | undefined>([[0, first]]);
  const input: SeriesInput = {
    file,
    directories,
    first,
    descriptions,
    page(index) {
      if (!pages.has(index)) pages.set(index, tryPage(file, directories[index]));
      return pages.get(index);
    },
  };
  const part = dialect(input) ?? alikeSeries(input);
  const pixelSize = part.pixelSize ?? pixelSizeOf(first, descriptions);
  return { ...part, ...(pixelSize && { pixelSize }), dtype: first.dtype, alpha: first.alpha };
}

function dialect(input: SeriesInput): SeriesPart | undefined {
  if (isShaped(input)) return shapedSeries(input);
  if (isOme(input)) return omeSeries(input) ?? (isImagej(input) ? imagejSeries(input) : undefined);
  return isImagej(input) ? imagejSeries(input) : undefined;
}

/** All pages stored like the first, under an axis I of images; the page alone if there is no other. */
function alikeSeries(input: SeriesInput): SeriesPart {
  const pages: TiffPage[] = [];
  for (let index = 0; index < input.directories.length; index += 1) {
    const page = input.page(index);
    if (page?.key === input.first.key) pages.push(page);
  }
  return { ...squeeze(`I${input.first.axes}`, [pages.length, ...input.first.shape]), pages };
}

/** A thumbnail or label of an unreadable kind does not make the image unreadable. */
function tryPage(file: TiffFile, directory: Directory | undefined): TiffPage | undefined {
  if (directory === undefined) return undefined;
  try {
    return readPage(file, directory);
  } catch (error) {
    if (error instanceof KioskError && error.code === 'KC_IMAGE_UNSUPPORTED') return undefined;
    throw error;
  }
}
