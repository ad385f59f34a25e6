import type { NdArray } from './nd-array.js';
import { sameShape } from './nd-array.js';

/** The axes of a 2-D or 3-D image; a 2-D image is one plane. */
export interface Volume {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
}

/** `(3, 4)`: a shape as messages print it. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}

/** @throws {RangeError} unless the rank of `array` is among `ranks` */
export function requireRank(caller: string, what: string, array: NdArray, ranks: readonly number[]): void {
  if (!ranks.includes(array.shape.length)) {
    throw new RangeError(
      `${caller}: ${what} has shape ${shapeText(array.shape)}; its rank must be ${ranks.join(' or ')}`,
    );
  }
}

/** @throws {RangeError} unless both have one shape */
export function requireSameShape(caller: string, what: string, array: NdArray, whatElse: string, other: NdArray): void {
  if (!sameShape(array, other)) {
    throw new RangeError(
      `${caller}: ${what} has shape ${shapeText(array.shape)}, ${whatElse} has ${shapeText(other.shape)}; they must be equal`,
    );
  }
}

/** @throws {RangeError} unless `value` is a whole number within the bounds */
export function requireInteger(caller: string, what: string, value: number, min: number, max = Infinity): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    const bounds = max === Infinity ? `≥ ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`${caller}: ${what} is ${value}; it must be a whole number ${bounds}`);
  }
}

/** The axes of a 2-D or 3-D image, checked. @throws {RangeError} for another rank */
export function volumeOf(caller: string, what: string, array: NdArray): Volume {
  requireRank(caller, what, array, [2, 3]);
  const [planes, rows, columns] = array.shape.length === 3 ? array.shape : [1, ...array.shape];
  return { planes: planes!, rows: rows!, columns: columns! };
}
