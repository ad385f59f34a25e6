import type { TypedArray } from './nd-array.js';

/** A typed array of the same kind as `data`, `length` zeros. */
export function newLike<T extends TypedArray>(data: T, length: number): T {
  const Kind = data.constructor as new (size: number) => T;
  return new Kind(length);
}
