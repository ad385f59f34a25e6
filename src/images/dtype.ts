import type { DType, TypedArray } from '../processing/array/nd-array.js';

interface ElementType {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly view: new (buffer: ArrayBuffer, byteOffset?: number, length?: number) => TypedArray;
}

const ELEMENT_TYPES: Readonly<Record<DType, ElementType>> = {
  uint8: { bytes: 1, view: Uint8Array },
  int8: { bytes: 1, view: Int8Array },
  uint16: { bytes: 2, view: Uint16Array },
  int16: { bytes: 2, view: Int16Array },
  uint32: { bytes: 4, view: Uint32Array },
  int32: { bytes: 4, view: Int32Array },
  uint64: { bytes: 8, view: BigUint64Array },
  int64: { bytes: 8, view: BigInt64Array },
  float16: { bytes: 2, view: Uint16Array },
  float32: { bytes: 4, view: Float32Array },
  float64: { bytes: 8, view: Float64Array },
};

export function bytesPerElement(dtype: DType): 1 | 2 | 4 | 8 {
  return ELEMENT_TYPES[dtype].bytes;
}

/** The type of an array's elements; also of one that another realm has made, as test runners have them. */
export function dtypeOf(data: TypedArray): DType {
  return data[Symbol.toStringTag].replace(/^Big|Array$/g, '').toLowerCase() as DType;
}

/** Numbers of `dtype` over these bytes: a view where alignment allows, else a copy. Trailing bytes are left out. */
export function viewAs(dtype: DType, bytes: Uint8Array): TypedArray {
  const type = ELEMENT_TYPES[dtype];
  const length = Math.floor(bytes.byteLength / type.bytes);
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % type.bytes === 0) {
    return new type.view(bytes.buffer, bytes.byteOffset, length);
  }
  const aligned = new Uint8Array(length * type.bytes);
  aligned.set(bytes.subarray(0, aligned.length));
  return new type.view(aligned.buffer);
}

/** The bytes under an array, without copy. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The same numbers as `dtype`, converted as typed arrays do it; the array itself if it has that type already. */
export function convertTo(dtype: DType, data: TypedArray): TypedArray {
  const { view } = ELEMENT_TYPES[dtype];
  if (data[Symbol.toStringTag] === view.name) return data;
  if (dtype === 'float16') throw new RangeError('numbers are not converted to float16; give their bit patterns');
  return new (view as unknown as new (values: TypedArray) => TypedArray)(data);
}
