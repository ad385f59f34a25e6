import type { DType } from '../../processing/array/nd-array.js';
import { unreadable, unsupported } from '../image-error.js';
import type { Axes } from '../raster.js';
import type { ByteSource } from './byte-source.js';
import { type Directory, readNumbers, type TiffFile } from './read-directory.js';
import { COMPRESSION, PHOTOMETRIC, TAG } from './tags.js';

/** How the pixels of one page are laid out. Segments are strips or tiles, in the order of the tables. */
export interface TiffPage {
  /** Where the tables of segments and the texts are; they are read when needed. */
  readonly directory: Directory;
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  /** Samples stand in planes of their own rather than side by side. */
  readonly planar: boolean;
  readonly bits: number;
  readonly dtype: DType;
  /** As tifffile names and orders them: YX, YXS or SYX. */
  readonly axes: Axes;
  readonly shape: readonly number[];
  readonly compression: number;
  readonly predictor: number;
  /** 2: the first pixel stands in the lowest bit. */
  readonly fillOrder: number;
  readonly photometric: number;
  /** The last sample is an opacity. */
  readonly alpha: boolean;
  readonly tiled: boolean;
  /** Size of a segment in pixels; the last strip may hold fewer rows, tiles at the border are padded. */
  readonly segmentWidth: number;
  readonly segmentHeight: number;
  /** XResolution, YResolution, ResolutionUnit. */
  readonly resolution: { readonly x: number; readonly y: number; readonly unit: number } | undefined;
  /** Pages of one file with equal keys can be one series. */
  readonly key: string;
}

/** What no microscope exceeds; keeps products of sizes within exact numbers. */
const MAX_SIDE = 2 ** 31 - 1;
const MAX_SAMPLES = 65_535;

/**
 * Reads the layout of one page.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE if tags are missing or contradict each other, KC_IMAGE_UNSUPPORTED for
 *   sample types that have no dtype here
 */
export function readPage(file: TiffFile, directory: Directory): TiffPage {
  const { source } = file;
  const numbers = (tag: number, most = 1): Float64Array | undefined => readNumbers(file, directory, tag, most);
  const number = (tag: number, fallback: number): number => numbers(tag)?.[0] ?? fallback;
  const width = side(source, 'columns', number(TAG.imageWidth, 0), MAX_SIDE);
  const height = side(source, 'rows', number(TAG.imageLength, 0), MAX_SIDE);
  const samples = side(source, 'samples per pixel', number(TAG.samplesPerPixel, 1), MAX_SAMPLES);
  const bits = uniform(source, 'bits per sample', numbers(TAG.bitsPerSample, samples), 1);
  const sampleFormat = uniform(source, 'sample formats', numbers(TAG.sampleFormat, samples), 1);
  const photometric = number(TAG.photometric, PHOTOMETRIC.minIsBlack);
  const planar = number(TAG.planarConfiguration, 1) === 2 && samples > 1;
  const extraSamples = numbers(TAG.extraSamples, samples);
  if (number(TAG.imageDepth, 1) > 1) {
    throw unsupported(source.name, 'is a volumetric TIFF (ImageDepth)', 'save the planes as pages of their own');
  }
  const tileWidth = numbers(TAG.tileWidth)?.[0];
  const tiled = tileWidth !== undefined;
  const rowsPerStrip = Math.min(number(TAG.rowsPerStrip, height), height);
  const layout = {
    width,
    height,
    samples,
    planar,
    bits,
    compression: number(TAG.compression, COMPRESSION.none),
    predictor: number(TAG.predictor, 1),
    fillOrder: number(TAG.fillOrder, 1),
    photometric,
    tiled,
    segmentWidth: tiled ? side(source, 'columns in a tile', tileWidth, MAX_SIDE) : width,
    segmentHeight: side(source, 'rows in a segment', tiled ? number(TAG.tileLength, 0) : rowsPerStrip, MAX_SIDE),
  };
  return {
    ...layout,
    ...samplesAsAxes(layout),
    directory,
    dtype: dtypeOf(source, sampleFormat, bits),
    alpha: isOpacity(extraSamples?.[extraSamples.length - 1]),
    resolution: resolutionOf(numbers),
    key: JSON.stringify([layout, sampleFormat, extraSamples === undefined ? [] : [...extraSamples]]),
  };
}

function samplesAsAxes(page: Pick<TiffPage, 'width' | 'height' | 'samples' | 'planar' | 'photometric'>): {
  axes: Axes;
  shape: number[];
} {
  const { width, height, samples } = page;
  if (samples === 1 && page.photometric !== PHOTOMETRIC.rgb) return { axes: 'YX', shape: [height, width] };
  if (page.planar) return { axes: 'SYX', shape: [samples, height, width] };
  return { axes: 'YXS', shape: [height, width, samples] };
}

function side(source: ByteSource, what: string, length: number, most: number): number {
  if (Number.isInteger(length) && length >= 1 && length <= most) return length;
  throw unreadable(source.name, `has a page of ${length} ${what}, which is not between 1 and ${most}`);
}

/** Writers list a value per sample, or one for all. */
function uniform(source: ByteSource, what: string, values: Float64Array | undefined, fallback: number): number {
  const first = values?.[0] ?? fallback;
  if (values?.some((value) => value !== first)) {
    throw unsupported(source.name, `has different ${what} in one pixel`, 'save all channels with one sample type');
  }
  return first;
}

/** SampleFormat 1 (and 4, "undefined") unsigned, 2 signed, 3 IEEE float. Odd widths take the next larger type. */
function dtypeOf(source: ByteSource, sampleFormat: number, bits: number): DType {
  if (sampleFormat === 1 || sampleFormat === 4) {
    if (bits === 64) return 'uint64';
    if (Number.isInteger(bits) && bits >= 1 && bits <= 32)
      return bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : 'uint32';
  }
  if (sampleFormat === 2 && (bits === 8 || bits === 16 || bits === 32 || bits === 64)) return `int${bits}`;
  if (sampleFormat === 3 && (bits === 16 || bits === 32 || bits === 64)) return `float${bits}`;
  const kind = ['', 'unsigned', 'signed', 'float', 'undefined', 'complex integer', 'complex'][sampleFormat];
  throw unsupported(
    source.name,
    `has ${bits}-bit samples of kind ${kind ?? sampleFormat}; 1 to 32 and 64 bits unsigned, 8 to 64 signed and 16 to 64 float are read`,
    'save it as uint16 or float32',
  );
}

function isOpacity(extraSample: number | undefined): boolean {
  return extraSample === 1 || extraSample === 2;
}

function resolutionOf(numbers: (tag: number) => Float64Array | undefined): TiffPage['resolution'] {
  const x = numbers(TAG.xResolution)?.[0];
  const y = numbers(TAG.yResolution)?.[0];
  if (x === undefined || y === undefined || !(x > 0 && y > 0 && x < Infinity && y < Infinity)) return undefined;
  return { x, y, unit: numbers(TAG.resolutionUnit)?.[0] ?? 2 };
}
