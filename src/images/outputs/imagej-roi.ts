import type { CellOutline, Polygon, Ring } from './trace-outlines.js';

/** Version of the format since which a ROI may have a second header, which holds its name. */
const VERSION = 227;
const HEADER_BYTES = 64;
const SECOND_HEADER_BYTES = 64;

/** Kinds of ROI. A composite, made of several rings, calls itself a rectangle and has a shape behind its header. */
const TYPE_RECTANGLE = 1;
const TYPE_TRACED = 8;

/** Positions in the first header. */
const AT_VERSION = 4;
const AT_TYPE = 6;
const AT_TOP = 8;
const AT_LEFT = 10;
const AT_BOTTOM = 12;
const AT_RIGHT = 14;
const AT_CORNERS = 16;
const AT_SHAPE_LENGTH = 36;
const AT_SECOND_HEADER = 60;

/** Positions in the second header. */
const AT_NAME = 16;
const AT_NAME_LENGTH = 20;

/** Segments of a shape. */
const MOVE_TO = 0;
const LINE_TO = 1;
const CLOSE = 4;

/** ImageJ takes 16-bit positions above this for negative ones. */
const GREATEST_SHORT_POSITION = 60_000;
const GREATEST_SHORT_COUNT = 65_535;

/**
 * A cell as an entry of ImageJ's ROI manager: a traced polygon along pixel edges, or, with holes or several parts, a
 * composite. Its name is the label.
 *
 * Big-endian: a header of 64 bytes, corners or segments, a second header, the name in UTF-16. Corners of a polygon are
 * 16-bit distances from the upper left of its box, all x before all y; those of a composite are 32-bit floats, as are
 * those of a polygon that 16 bits cannot hold.
 *
 * @see ImageJ, `ij/io/RoiDecoder.java`, whose head comment describes the format
 */
export function encodeRoi({ label, polygons }: CellOutline): Uint8Array {
  const rings = polygons.flat();
  const [only] = rings as [Ring];
  const box = boxOf(polygons);
  const short = Math.max(box.right, box.bottom) <= GREATEST_SHORT_POSITION && only.length / 2 <= GREATEST_SHORT_COUNT;
  const traced = rings.length === 1 && short;
  const body = traced ? encodeCorners(only, box) : encodeShape(rings);
  const name = String(label);
  const roi = Buffer.alloc(HEADER_BYTES + body.length + SECOND_HEADER_BYTES + 2 * name.length);
  roi.write('Iout', 0, 'latin1');
  roi.writeUInt16BE(VERSION, AT_VERSION);
  roi.writeUInt8(traced ? TYPE_TRACED : TYPE_RECTANGLE, AT_TYPE);
  roi.writeUInt16BE(clamped(box.top), AT_TOP);
  roi.writeUInt16BE(clamped(box.left), AT_LEFT);
  roi.writeUInt16BE(clamped(box.bottom), AT_BOTTOM);
  roi.writeUInt16BE(clamped(box.right), AT_RIGHT);
  if (traced) roi.writeUInt16BE(only.length / 2, AT_CORNERS);
  else roi.writeInt32BE(body.length / 4, AT_SHAPE_LENGTH);
  roi.set(body, HEADER_BYTES);
  const second = HEADER_BYTES + body.length;
  roi.writeInt32BE(second, AT_SECOND_HEADER);
  roi.writeInt32BE(second + SECOND_HEADER_BYTES, second + AT_NAME);
  roi.writeInt32BE(name.length, second + AT_NAME_LENGTH);
  for (let i = 0; i < name.length; i += 1) {
    roi.writeUInt16BE(name.charCodeAt(i), second + SECOND_HEADER_BYTES + 2 * i);
  }
  return roi;
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

function boxOf(polygons: readonly Polygon[]): Box {
  let [top, left, bottom, right] = [Infinity, Infinity, 0, 0];
  for (const [outer] of polygons) {
    for (let i = 0; i < outer!.length; i += 2) {
      left = Math.min(left, outer![i]!);
      right = Math.max(right, outer![i]!);
      top = Math.min(top, outer![i + 1]!);
      bottom = Math.max(bottom, outer![i + 1]!);
    }
  }
  return { top, left, bottom, right };
}

/** Of a composite ImageJ works the box out again. */
function clamped(position: number): number {
  return Math.min(position, GREATEST_SHORT_POSITION);
}

function encodeCorners(ring: Ring, { top, left }: Box): Buffer {
  const count = ring.length / 2;
  const bytes = Buffer.alloc(4 * count);
  for (let i = 0; i < count; i += 1) {
    bytes.writeUInt16BE(ring[2 * i]! - left, 2 * i);
    bytes.writeUInt16BE(ring[2 * i + 1]! - top, 2 * (count + i));
  }
  return bytes;
}

/** Every ring as a move, lines, and a close. */
function encodeShape(rings: readonly Ring[]): Buffer {
  const numbers = rings.reduce((sum, ring) => sum + 1.5 * ring.length + 1, 0);
  const bytes = Buffer.alloc(4 * numbers);
  let at = 0;
  const put = (number: number): void => void (at = bytes.writeFloatBE(number, at));
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      put(i === 0 ? MOVE_TO : LINE_TO);
      put(ring[i]!);
      put(ring[i + 1]!);
    }
    put(CLOSE);
  }
  return bytes;
}
