/** TIFF field types used by the writer. */
type FieldType = 'ascii' | 'short' | 'long' | 'rational' | 'offset';

/** One tag of a directory that is to be written. `offset` is 32 bits in classic files and 64 in BigTIFF. */
export interface OutputField {
  readonly tag: number;
  readonly type: FieldType;
  /** Rationals as pairs of numerator and denominator; ASCII as bytes. */
  readonly values: ArrayLike<number>;
}

/** Bytes of the header of a file. */
export function headerBytes(big: boolean): number {
  return big ? 16 : 8;
}

/** The header of a little-endian file whose first directory follows at once. */
export function encodeHeader(big: boolean): Uint8Array {
  const bytes = Buffer.alloc(headerBytes(big));
  bytes.write('II', 'latin1');
  bytes.writeUInt16LE(big ? 43 : 42, 2);
  if (big) {
    bytes.writeUInt16LE(8, 4);
    bytes.writeBigUInt64LE(16n, 8);
  } else {
    bytes.writeUInt32LE(8, 4);
  }
  return bytes;
}

/** Bytes that {@link encodeDirectory} will give for these fields, whatever their values. A multiple of 8. */
export function directoryBytes(fields: readonly OutputField[], big: boolean): number {
  const table = tableBytes(fields, big);
  return fields.reduce((total, field) => total + padded(outsideBytes(field, big)), padded(table));
}

/**
 * One directory with its values behind it.
 *
 * @param fields    in ascending order of tag
 * @param position  where in the file the directory will stand
 * @param next      where the next directory stands; 0 for none
 */
export function encodeDirectory(
  fields: readonly OutputField[],
  position: number,
  next: number,
  big: boolean,
): Uint8Array {
  const bytes = Buffer.alloc(directoryBytes(fields, big));
  const writeOffset = (value: number, at: number): number =>
    big ? bytes.writeBigUInt64LE(BigInt(value), at) : bytes.writeUInt32LE(value, at);
  let at = big ? bytes.writeBigUInt64LE(BigInt(fields.length), 0) : bytes.writeUInt16LE(fields.length, 0);
  let outside = padded(tableBytes(fields, big));
  for (const field of fields) {
    const { values, type } = field;
    bytes.writeUInt16LE(field.tag, at);
    bytes.writeUInt16LE(typeCode(type, big), at + 2);
    writeOffset(type === 'rational' ? values.length / 2 : values.length, at + 4);
    const inline = at + (big ? 12 : 8);
    const length = outsideBytes(field, big);
    if (length > 0) writeOffset(position + outside, inline);
    writeValues(bytes, field, length > 0 ? outside : inline, big);
    outside += padded(length);
    at += big ? 20 : 12;
  }
  writeOffset(next, at);
  return bytes;
}

function writeValues(bytes: Buffer, { type, values }: OutputField, start: number, big: boolean): void {
  let at = start;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (type === 'ascii') at = bytes.writeUInt8(value, at);
    else if (type === 'short') at = bytes.writeUInt16LE(value, at);
    else if (type === 'offset' && big) at = bytes.writeBigUInt64LE(BigInt(value), at);
    else at = bytes.writeUInt32LE(value, at);
  }
}

/** Bytes of the values, if they do not fit into the table. */
function outsideBytes({ type, values }: OutputField, big: boolean): number {
  const width = type === 'ascii' ? 1 : type === 'short' ? 2 : type === 'offset' && big ? 8 : 4;
  const length = values.length * width;
  return length > (big ? 8 : 4) ? length : 0;
}

function tableBytes(fields: readonly OutputField[], big: boolean): number {
  return big ? 8 + fields.length * 20 + 8 : 2 + fields.length * 12 + 4;
}

function typeCode(type: FieldType, big: boolean): number {
  if (type === 'offset') return big ? 16 : 4;
  return { ascii: 2, short: 3, long: 4, rational: 5 }[type];
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
