/** Size of a header, and what bodies are filled up to. */
export const TAR_BLOCK = 512;

/** What the header of a member says. */
export interface TarHeader {
  readonly name: string;
  /** Bytes of the body. */
  readonly size: number;
  /** `0` for a file; `5` a folder, `1` and `2` links, `x`, `g` and `L` more about the next member. */
  readonly type: string;
}

/** Where the fields of a header are. */
const FIELD = {
  name: [0, 100],
  mode: [100, 108],
  owner: [108, 116],
  group: [116, 124],
  size: [124, 136],
  time: [136, 148],
  checksum: [148, 156],
  type: [156, 157],
  magic: [257, 265],
  prefix: [345, 500],
} as const;

/** Greatest size that eleven octal digits tell. */
const MAX_SIZE = 8 ** 11 - 1;

/**
 * Header of an ordinary file in POSIX's ustar form, which every program reads. No time and no owner, so that the same
 * contents give the same bytes.
 * @throws {RangeError} for a name or size that has no place in it
 */
export function encodeTarHeader(name: string, size: number): Buffer {
  if (!/^[\u0020-\u007e]{1,99}$/u.test(name)) throw new RangeError(`tar: ${name} cannot be the name of a member`);
  if (size > MAX_SIZE) throw new RangeError(`tar: ${size} bytes; at most ${MAX_SIZE} have a place in a header`);
  const block = Buffer.alloc(TAR_BLOCK);
  const put = ([start, end]: readonly [number, number], value: number) =>
    block.write(`${value.toString(8).padStart(end - start - 1, '0')}\0`, start, 'latin1');
  block.write(name, FIELD.name[0], 'latin1');
  put(FIELD.mode, 0o644);
  put(FIELD.owner, 0);
  put(FIELD.group, 0);
  put(FIELD.size, size);
  put(FIELD.time, 0);
  block.write('0', FIELD.type[0], 'latin1');
  block.write('ustar\x0000', FIELD.magic[0], 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, FIELD.checksum[0], 'latin1');
  return block;
}

/** Undefined if the block is no header: its checksum or size is wrong. */
export function decodeTarHeader(block: Buffer): TarHeader | undefined {
  const text = ([start, end]: readonly [number, number]) => block.toString('utf8', start, end).split('\0')[0]!;
  const sum = Number.parseInt(text(FIELD.checksum).trim(), 8);
  const size = numberOf(block.subarray(...FIELD.size));
  if (sum !== checksumOf(block) || size === undefined) return undefined;
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0 ? text(FIELD.prefix) : '';
  const type = block.toString('latin1', ...FIELD.type);
  return {
    name: prefix === '' ? text(FIELD.name) : `${prefix}/${text(FIELD.name)}`,
    size,
    type: type === '\0' ? '0' : type,
  };
}

/** Octal digits, or, where the first bit is set, a number in base 256. */
function numberOf(field: Buffer): number | undefined {
  if (field[0] === 0x80) {
    const size = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(size) ? size : undefined;
  }
  const digits = field.toString('latin1').split('\0')[0]!.trim();
  if (digits === '') return 0;
  return /^[0-7]+$/u.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Sum of all bytes, those of the checksum itself taken for blanks. */
function checksumOf(block: Buffer): number {
  const [start, end] = FIELD.checksum;
  return block.reduce((sum, byte, i) => sum + (i >= start && i < end ? 0x20 : byte), 0);
}
