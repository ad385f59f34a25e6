import { unreadable } from '../image-error.js';
import type { ByteSource } from './byte-source.js';
import { TAG } from './tags.js';

/** Bytes of one value by TIFF field type; types that are not listed are skipped. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

const CLASSIC_HEADER_BYTES = 8;

/** More than any writer makes; a damaged count is seen before it is believed. */
const MAX_TAGS = 4096;

/** Longer chains are refused: the time to walk them would be the file's to choose. */
const MAX_DIRECTORIES = 250_000;

/** Tags that are read; all others are passed over. */
const READ_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));

/** Byte order and generation of a file. */
export interface TiffFormat {
  readonly littleEndian: boolean;
  readonly big: boolean;
  readonly firstDirectory: number;
}

/** An open TIFF: where its bytes are and how they are to be read. */
export interface TiffFile {
  readonly source: ByteSource;
  readonly format: TiffFormat;
}

/** Where the values of one tag stand. */
interface Field {
  readonly type: number;
  readonly count: number;
  readonly offset: number;
}

/** One image file directory: its place, and its tags by number (several of one number in order). */
export interface Directory {
  readonly offset: number;
  readonly fields: ReadonlyMap<number, readonly Field[]>;
}

export function readFormat(source: ByteSource): TiffFormat {
  source.require(0, CLASSIC_HEADER_BYTES);
  const head = view(source, 0, Math.min(16, source.size));
  const littleEndian = head.getUint8(0) === 0x49;
  const version = head.getUint16(2, littleEndian);
  if (version === 42) return { littleEndian, big: false, firstDirectory: head.getUint32(4, littleEndian) };
  if (version !== 43 || head.byteLength < 16 || head.getUint16(4, littleEndian) !== 8) {
    throw unreadable(source.name, `the TIFF header has version ${version}; 42 (classic) and 43 (BigTIFF) are read`);
  }
  return { littleEndian, big: true, firstDirectory: whole(source, head.getBigUint64(8, littleEndian)) };
}

/**
 * The chain of directories, in order. A chain that returns to a directory already seen ends there.
 *
 * @throws {KioskError} KC_IMAGE_UNREADABLE for a directory that leaves the file or overlaps others, or none at all
 */
export function readDirectories(file: TiffFile): Directory[] {
  const { source, format } = file;
  const directories: Directory[] = [];
  const seen = new Set<number>();
  let bytes = 0;
  let offset = format.firstDirectory;
  while (offset !== 0 && !seen.has(offset)) {
    seen.add(offset);
    if (directories.length >= MAX_DIRECTORIES) {
      throw unreadable(source.name, `has more than ${MAX_DIRECTORIES} pages, or a damaged chain of them`);
    }
    const { directory, next, length } = readDirectory(file, offset);
    bytes += length;
    if (bytes > source.size) throw unreadable(source.name, 'has pages whose directories overlap; it is damaged');
    directories.push(directory);
    offset = next;
  }
  if (directories.length === 0) throw unreadable(source.name, 'is a TIFF without any image in it');
  return directories;
}

function readDirectory(file: TiffFile, offset: number): { directory: Directory; next: number; length: number } {
  const { source } = file;
  const { littleEndian, big } = file.format;
  const headBytes = big ? 8 : 2;
  const entryBytes = big ? 20 : 12;
  const nextBytes = big ? 8 : 4;
  const head = view(source, offset, headBytes);
  const count = big ? whole(source, head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian);
  if (count > MAX_TAGS) throw unreadable(source.name, `the directory at byte ${offset} claims ${count} tags`);
  const body = view(source, offset + headBytes, count * entryBytes);
  const fields = new Map<number, Field[]>();
  for (let entry = 0; entry < count; entry += 1) {
    const at = entry * entryBytes;
    const tag = body.getUint16(at, littleEndian);
    const type = body.getUint16(at + 2, littleEndian);
    const width = TYPE_BYTES[type];
    if (width === undefined || !READ_TAGS.has(tag)) continue;
    const values = big ? Number(body.getBigUint64(at + 4, littleEndian)) : body.getUint32(at + 4, littleEndian);
    const inline = at + (big ? 12 : 8);
    const isInline = values * width <= (big ? 8 : 4);
    const pointer = big ? Number(body.getBigUint64(inline, littleEndian)) : body.getUint32(inline, littleEndian);
    const field = { type, count: values, offset: isInline ? offset + headBytes + inline : pointer };
    const known = fields.get(tag);
    if (known === undefined) fields.set(tag, [field]);
    else known.push(field);
  }
  const end = offset + headBytes + count * entryBytes;
  return { directory: { offset, fields }, next: readNext(file, end, nextBytes), length: end - offset };
}

/** A file cut off right after its last directory still has its pages. */
function readNext({ source, format }: TiffFile, end: number, nextBytes: number): number {
  if (end + nextBytes > source.size) return 0;
  const tail = view(source, end, nextBytes);
  const next = format.big ? Number(tail.getBigUint64(0, format.littleEndian)) : tail.getUint32(0, format.littleEndian);
  return next;
}

/**
 * The first numbers of a tag, as doubles; undefined if the directory does not have it. Rationals give their quotient.
 *
 * @param most how many are wanted at most; a count in the file can make this no larger
 */
export function readNumbers(file: TiffFile, directory: Directory, tag: number, most = 1): Float64Array | undefined {
  const field = directory.fields.get(tag)?.[0];
  if (field === undefined) return undefined;
  const width = TYPE_BYTES[field.type]!;
  const count = Math.min(field.count, most);
  // `view` refuses before memory is taken for more than the file holds.
  const bytes = view(file.source, field.offset, count * width);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    values[index] = readValue(bytes, index * width, field.type, file.format.littleEndian);
  }
  return values;
}

/** The texts of a tag (a directory may carry it twice), without trailing NULs; UTF-8, else Latin-1. */
export function readTexts({ source }: TiffFile, directory: Directory, tag: number): string[] {
  const texts: string[] = [];
  for (const field of directory.fields.get(tag) ?? []) {
    if (field.type !== 2 && field.type !== 1 && field.type !== 7) continue;
    const bytes = Buffer.from(source.peek(field.offset, field.count));
    let end = bytes.indexOf(0);
    if (end < 0) end = bytes.length;
    const text = bytes.toString('utf8', 0, end);
    texts.push(text.includes('\uFFFD') ? bytes.toString('latin1', 0, end) : text);
  }
  return texts;
}

/** The raw bytes of a tag. */
export function readBytes({ source }: TiffFile, directory: Directory, tag: number): Uint8Array | undefined {
  const field = directory.fields.get(tag)?.[0];
  if (field === undefined) return undefined;
  return Uint8Array.from(source.peek(field.offset, field.count * TYPE_BYTES[field.type]!));
}

function readValue(bytes: DataView, at: number, type: number, littleEndian: boolean): number {
  switch (type) {
    case 1:
    case 2:
    case 7:
      return bytes.getUint8(at);
    case 3:
      return bytes.getUint16(at, littleEndian);
    case 4:
    case 13:
      return bytes.getUint32(at, littleEndian);
    case 5:
      return bytes.getUint32(at, littleEndian) / bytes.getUint32(at + 4, littleEndian);
    case 6:
      return bytes.getInt8(at);
    case 8:
      return bytes.getInt16(at, littleEndian);
    case 9:
      return bytes.getInt32(at, littleEndian);
    case 10:
      return bytes.getInt32(at, littleEndian) / bytes.getInt32(at + 4, littleEndian);
    case 11:
      return bytes.getFloat32(at, littleEndian);
    case 12:
      return bytes.getFloat64(at, littleEndian);
    case 17:
      return Number(bytes.getBigInt64(at, littleEndian));
    default:
      return Number(bytes.getBigUint64(at, littleEndian));
  }
}

function view(source: ByteSource, offset: number, length: number): DataView {
  const bytes = source.peek(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Numbers beyond 2^53 are rounded, which leaves them too large for every check against the file's size. */
function whole(source: ByteSource, value: bigint): number {
  const number = Number(value);
  if (number > source.size) throw unreadable(source.name, `points to byte ${value}, but ends at ${source.size}`);
  return number;
}
