/** One tag of a hand-made TIFF: number, field type, values. Strings are ASCII. */
export type HandMadeTag = readonly [tag: number, type: 2 | 3 | 4 | 16, values: readonly number[] | string];

export interface HandMadePage {
  readonly tags: readonly HandMadeTag[];
  /** Where the next directory is said to be; default: the following page, or 0. */
  readonly next?: number;
}

const WIDTH = { 2: 1, 3: 2, 4: 4, 16: 8 } as const;

/** The first byte of the pixels of a hand-made TIFF. */
export const PIXELS_AT = 8;

/**
 * A classic TIFF put together tag by tag, so that a test can lie in any of them: header, `pixels` at byte 8, then the
 * directories. Little-endian unless told otherwise.
 */
export function buildTiff(pages: readonly HandMadePage[], pixels: Uint8Array, littleEndian = true): Buffer {
  const places: number[] = [];
  let end = PIXELS_AT + pixels.length + (pixels.length % 2);
  for (const { tags } of pages) {
    places.push(end);
    end += 2 + tags.length * 12 + 4 + tags.reduce((sum, tag) => sum + outside(tag), 0);
  }
  const bytes = Buffer.alloc(end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.write(littleEndian ? 'II' : 'MM', 'latin1');
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, places[0] ?? 0, littleEndian);
  bytes.set(pixels, PIXELS_AT);
  pages.forEach(({ tags, next }, index) => {
    let at = places[index]!;
    let values = at + 2 + tags.length * 12 + 4;
    view.setUint16(at, tags.length, littleEndian);
    at += 2;
    for (const tag of tags) {
      const list = valuesOf(tag);
      view.setUint16(at, tag[0], littleEndian);
      view.setUint16(at + 2, tag[1], littleEndian);
      view.setUint32(at + 4, list.length, littleEndian);
      if (outside(tag) > 0) view.setUint32(at + 8, values, littleEndian);
      write(view, outside(tag) > 0 ? values : at + 8, tag[1], list, littleEndian);
      values += outside(tag);
      at += 12;
    }
    view.setUint32(at, next ?? places[index + 1] ?? 0, littleEndian);
  });
  return bytes;
}

/** The tags of a plain image whose single strip stands at byte 8; `changes` replace or add tags. */
export function plainTags(
  width: number,
  height: number,
  bits: number,
  changes: readonly HandMadeTag[] = [],
): HandMadeTag[] {
  const tags = new Map<number, HandMadeTag>();
  const plain: HandMadeTag[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, [bits]],
    [259, 3, [1]],
    [262, 3, [1]],
    [273, 4, [PIXELS_AT]],
    [277, 3, [1]],
    [278, 4, [height]],
    [279, 4, [Math.ceil((width * bits) / 8) * height]],
  ];
  for (const tag of [...plain, ...changes]) tags.set(tag[0], tag);
  return [...tags.values()].toSorted((a, b) => a[0] - b[0]);
}

function write(view: DataView, start: number, type: HandMadeTag[1], values: readonly number[], little: boolean): void {
  values.forEach((value, index) => {
    const at = start + index * WIDTH[type];
    if (type === 2) view.setUint8(at, value);
    else if (type === 3) view.setUint16(at, value, little);
    else if (type === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value), little);
  });
}

function valuesOf([, , values]: HandMadeTag): readonly number[] {
  return typeof values === 'string' ? [...Buffer.from(`${values}\0`)] : values;
}

function outside(tag: HandMadeTag): number {
  const length = valuesOf(tag).length * WIDTH[tag[1]];
  return length > 4 ? length + (length % 2) : 0;
}
