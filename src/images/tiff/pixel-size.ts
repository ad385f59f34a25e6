import type { TiffPage } from './page.js';
import { imagejFields } from './series-imagej.js';

export interface PixelSize {
  readonly y: number;
  readonly x: number;
}

/** Microns in one unit, by the names that ImageJ, OME-XML and people use. */
const MICRONS: Readonly<Record<string, number>> = {
  µm: 1,
  μm: 1,
  um: 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  micrometre: 1,
  nm: 1e-3,
  nanometer: 1e-3,
  Å: 1e-4,
  pm: 1e-6,
  mm: 1e3,
  millimeter: 1e3,
  cm: 1e4,
  centimeter: 1e4,
  m: 1e6,
  inch: 25_400,
  in: 25_400,
};

const RESOLUTION_UNIT_CENTIMETRE = 3;

/** Centimetres are believed up to this size: beyond it the tag holds dots of a screen or printer (300 dpi is 85). */
const MAX_PLAIN_MICRONS = 20;

/** Microns per unit of length; undefined for units that are not lengths (pixel, reference frame). */
export function micronsPer(unit: string): number | undefined {
  const plain = unit.replaceAll(/\\u([0-9a-fA-F]{4})/gu, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return MICRONS[plain] ?? MICRONS[plain.toLowerCase()];
}

/**
 * Microns per pixel from the resolution tags, where their unit is clear: ImageJ's `unit=`, or centimetres of a
 * plausible size. Inches are what programs write that do not know.
 */
export function pixelSizeOf(page: TiffPage, descriptions: readonly string[]): PixelSize | undefined {
  const { resolution } = page;
  if (resolution === undefined) return undefined;
  const unit = imagejFields(descriptions)?.get('unit');
  const microns = unit === undefined ? undefined : micronsPer(unit);
  if (microns !== undefined) return positive({ y: microns / resolution.y, x: microns / resolution.x });
  if (unit !== undefined || resolution.unit !== RESOLUTION_UNIT_CENTIMETRE) return undefined;
  const size = positive({ y: 1e4 / resolution.y, x: 1e4 / resolution.x });
  return size !== undefined && size.x <= MAX_PLAIN_MICRONS && size.y <= MAX_PLAIN_MICRONS ? size : undefined;
}

/** Sizes that can be divided by. */
export function positive(size: PixelSize): PixelSize | undefined {
  return size.x > 0 && size.y > 0 && size.x < Infinity && size.y < Infinity ? size : undefined;
}
