import { bytesPerElement } from '../dtype.js';
import { unreadable } from '../image-error.js';
import type { TiffPage } from './page.js';
import { readNumbers, type TiffFile } from './read-directory.js';
import { COMPRESSION, TAG } from './tags.js';

/** The grid of strips or tiles of a page, and the sizes that follow from it. */
export interface SegmentGrid {
  readonly columns: number;
  readonly rows: number;
  /** 1, or the number of samples where they stand in planes of their own. */
  readonly planes: number;
  readonly elementBytes: number;
  /** Samples side by side in one segment. */
  readonly stride: number;
  /** Bytes of one row of a segment after decompression. */
  readonly rowBytes: number;
  /** Samples take fewer bits than their dtype. */
  readonly packed: boolean;
}

/** Where each segment stands; 0 in both for a segment that was never written. */
export interface SegmentTable {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
}

export function gridOf(page: TiffPage): SegmentGrid {
  const elementBytes = bytesPerElement(page.dtype);
  const stride = page.planar ? 1 : page.samples;
  return {
    columns: Math.ceil(page.width / page.segmentWidth),
    rows: Math.ceil(page.height / page.segmentHeight),
    planes: page.planar ? page.samples : 1,
    elementBytes,
    stride,
    rowBytes: Math.ceil((page.segmentWidth * stride * page.bits) / 8),
    packed: page.bits < elementBytes * 8,
  };
}

/** Rows that segment `index` holds: the last strip of a plane may be shorter, tiles are always full. */
export function rowsOf(page: TiffPage, grid: SegmentGrid, index: number): number {
  if (page.tiled) return page.segmentHeight;
  return Math.min(page.segmentHeight, page.height - (index % grid.rows) * page.segmentHeight);
}

/**
 * Reads the table of a page and holds it against the file.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE if it is shorter than the grid or points outside the file
 */
export function readSegmentTable(file: TiffFile, page: TiffPage, grid: SegmentGrid): SegmentTable {
  const { source } = file;
  const kind = page.tiled ? 'tiles' : 'strips';
  const needed = grid.columns * grid.rows * grid.planes;
  const numbers = (tile: number, strip: number): Float64Array | undefined =>
    readNumbers(file, page.directory, tile, needed) ?? readNumbers(file, page.directory, strip, needed);
  const offsets = numbers(TAG.tileOffsets, TAG.stripOffsets) ?? new Float64Array(0);
  const listed = numbers(TAG.tileByteCounts, TAG.stripByteCounts);
  if (offsets.length < needed) {
    throw unreadable(source.name, `lists ${offsets.length} ${kind} of a page that has ${needed}`);
  }
  const raw = page.compression === COMPRESSION.none;
  const lengths = new Float64Array(needed);
  for (let index = 0; index < needed; index += 1) {
    const offset = offsets[index]!;
    if (offset === 0 || listed?.[index] === 0) continue;
    // Uncompressed data have the size they must have, whatever the writer noted.
    const length = raw
      ? rowsOf(page, grid, index) * grid.rowBytes
      : (listed?.[index] ?? restOf(source.size, offset, needed));
    if (length === undefined) throw unreadable(source.name, `lists no sizes for its ${needed} ${kind}`);
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!whole || offset < 0 || length < 0 || offset + length > source.size) {
      throw unreadable(
        source.name,
        `${kind.slice(0, -1)} ${index} of ${needed} should stand at bytes ${offset} to ${offset + length}, but the file ends at ${source.size}; it is cut off or damaged`,
      );
    }
    lengths[index] = length;
  }
  return { offsets, lengths };
}

/** Where all segments of an uncompressed page follow each other: the offset of the first; else undefined. */
export function contiguousStart(page: TiffPage, grid: SegmentGrid, table: SegmentTable): number | undefined {
  const { offsets, lengths } = table;
  if (page.compression !== COMPRESSION.none || page.fillOrder === 2 || page.predictor !== 1 || grid.packed)
    return undefined;
  if (
    grid.columns > 1 ||
    (page.tiled && (page.width !== page.segmentWidth || page.height % page.segmentHeight !== 0))
  ) {
    return undefined;
  }
  for (let index = 0; index < lengths.length; index += 1) {
    if (lengths[index] === 0) return undefined;
    if (index > 0 && offsets[index - 1]! + lengths[index - 1]! !== offsets[index]) return undefined;
  }
  return offsets[0];
}

/** A single segment without a size reaches to the end of the file at most. */
function restOf(size: number, offset: number, needed: number): number | undefined {
  return needed === 1 ? size - offset : undefined;
}
