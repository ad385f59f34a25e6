/** Element types, by numpy's names. `float16` is held as its 16-bit patterns in a `Uint16Array`. */
export type DType =
  'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'float16' | 'float32' | 'float64';

export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Numbers in C order: the last axis varies fastest. An array is data and shape, nothing more. */
export interface NdArray<T extends TypedArray = TypedArray> {
  readonly shape: readonly number[];
  readonly data: T;
}

/** float32 intensities, shape (rows, columns, channels) or (batch, rows, columns, channels). */
export type FloatArray = NdArray<Float32Array>;

/** A label image: int32, 0 is background; shape (rows, columns) unless a function says otherwise. */
export type LabelArray = NdArray<Int32Array>;

/** Number of elements of a shape; 1 for the empty shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function sameShape(a: NdArray, b: NdArray): boolean {
  return a.shape.length === b.shape.length && a.shape.every((length, axis) => length === b.shape[axis]);
}

/**
 * Checks that `data` holds as many elements as `shape` says and pairs them; no copy.
 * @throws {RangeError} if they disagree or a length is not a whole number ≥ 0
 */
export function ndArray<T extends TypedArray>(data: T, shape: readonly number[]): NdArray<T> {
  if (!shape.every((length) => Number.isInteger(length) && length >= 0) || sizeOf(shape) !== data.length) {
    throw new RangeError(`ndArray: ${data.length} elements do not fill the shape (${shape.join(', ')})`);
  }
  return { shape, data };
}
