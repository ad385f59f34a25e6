import type { FloatArray, LabelArray, NdArray } from '../../src/processing/array/nd-array.js';

/** A label image from text: one line a row, numbers divided by spaces, `.` for 0. */
export function labelImage(...lines: readonly string[]): LabelArray {
  const { shape, values } = parse(lines);
  return { shape, data: Int32Array.from(values) };
}

/** A float32 plane from text. */
export function floatImage(...lines: readonly string[]): FloatArray {
  const { shape, values } = parse(lines);
  return { shape, data: Float32Array.from(values) };
}

/** A mask from text: `#` is 1, anything else 0; no spaces. */
export function maskImage(...lines: readonly string[]): NdArray<Uint8Array> {
  const data = lines.flatMap((line) => line.split('').map((sign) => (sign === '#' ? 1 : 0)));
  return { shape: [lines.length, lines[0]?.length ?? 0], data: Uint8Array.from(data) };
}

/** The text of a plane, as `labelImage` takes it. */
export function textOf({ shape, data }: NdArray): string[] {
  const [rows, columns] = shape as [number, number];
  const values = Array.from(data as ArrayLike<number>);
  return Array.from({ length: rows }, (_, row) =>
    values
      .slice(row * columns, (row + 1) * columns)
      .map((value) => (value === 0 ? '.' : String(value)))
      .join(' '),
  );
}

function parse(lines: readonly string[]): { shape: number[]; values: number[] } {
  const rows = lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((word) => (word === '.' ? 0 : Number(word))),
  );
  return { shape: [rows.length, rows[0]?.length ?? 0], values: rows.flat() };
}
