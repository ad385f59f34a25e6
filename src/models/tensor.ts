import { sizeOf, type TypedArray } from '../processing/array/nd-array.js';
import type { Tensor, TensorDType } from './contract.js';
import { bfloat16FromFloat32, bfloat16ToFloat32, float16FromFloat32, float16ToFloat32 } from './half-float.js';

type ArrayClass = {
  new (length: number): TypedArray;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** The array that holds each dtype. `float16` and `bfloat16` are 16-bit patterns, `bool` is 0 or 1. */
const ARRAY_CLASSES: Readonly<Record<TensorDType, ArrayClass>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
};

export function bytesPerElement(dtype: TensorDType): number {
  return ARRAY_CLASSES[dtype].BYTES_PER_ELEMENT;
}

/** A new tensor of zeros. */
export function zeroTensor(dtype: TensorDType, shape: readonly number[]): Tensor {
  return { dtype, shape, data: new ARRAY_CLASSES[dtype](sizeOf(shape)) };
}

/**
 * A new tensor in a buffer of its own that holds whatever the memory held: for those who write every element. Clearing
 * large memory first would cost as much as writing it.
 */
export function rawTensor(dtype: TensorDType, shape: readonly number[]): Tensor {
  const { buffer } = Buffer.allocUnsafeSlow(sizeOf(shape) * bytesPerElement(dtype));
  return tensorOver(dtype, shape, buffer);
}

/** A tensor over a whole buffer; no copy. @throws {RangeError} if the buffer's length does not fit dtype and shape */
export function tensorOver(dtype: TensorDType, shape: readonly number[], buffer: ArrayBuffer): Tensor {
  const wanted = sizeOf(shape) * bytesPerElement(dtype);
  if (buffer.byteLength !== wanted) {
    throw new RangeError(
      `tensorOver: ${dtype} of shape (${shape.join(', ')}) takes ${wanted} bytes, got ${buffer.byteLength}`,
    );
  }
  return { dtype, shape, data: new ARRAY_CLASSES[dtype](buffer) };
}

/** A tensor over a part of a buffer, which may begin at a multiple of the dtype's size; no copy. */
export function tensorWithin(
  dtype: TensorDType,
  shape: readonly number[],
  buffer: ArrayBuffer,
  byteOffset: number,
): Tensor {
  return { dtype, shape, data: new ARRAY_CLASSES[dtype](buffer, byteOffset, sizeOf(shape)) };
}

/** The bytes of a tensor; no copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/**
 * The values of a tensor as float32. float32 data are returned as they are, not copied; 64-bit integers and float64
 * are rounded to nearest.
 */
export function toFloat32(tensor: Tensor): Float32Array {
  const { data, dtype } = tensor;
  if (dtype === 'float32') return data as Float32Array;
  if (dtype === 'float16') return float16ToFloat32(data as Uint16Array);
  if (dtype === 'bfloat16') return bfloat16ToFloat32(data as Uint16Array);
  if (dtype === 'int64' || dtype === 'uint64') return longsToFloat32(data as BigInt64Array | BigUint64Array);
  return Float32Array.from(data as Exclude<TypedArray, BigInt64Array | BigUint64Array>);
}

/**
 * Values for an input of any dtype. Integers are rounded to nearest, ties to even, and saturate (NaN becomes 0);
 * `bool` is "not 0"; 16-bit floats are rounded to nearest, ties to even. float32 keeps the array itself.
 * @throws {RangeError} if `data` does not fill `shape`
 */
export function fromFloat32(data: Float32Array, shape: readonly number[], dtype: TensorDType): Tensor {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`fromFloat32: ${data.length} values do not fill the shape (${shape.join(', ')})`);
  }
  return { dtype, shape, data: convert(data, dtype) };
}

function convert(data: Float32Array, dtype: TensorDType): TypedArray {
  switch (dtype) {
    case 'float32':
      return data;
    case 'float64':
      return Float64Array.from(data);
    case 'float16':
      return float16FromFloat32(data);
    case 'bfloat16':
      return bfloat16FromFloat32(data);
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    case 'int64':
      return BigInt64Array.from(data, (value) => BigInt.asIntN(64, saturatedLong(value, -(2n ** 63n), 2n ** 63n - 1n)));
    case 'uint64':
      return BigUint64Array.from(data, (value) => saturatedLong(value, 0n, 2n ** 64n - 1n));
    default:
      return saturate(data, new ARRAY_CLASSES[dtype](data.length) as IntegerArray, INTEGER_RANGES[dtype]);
  }
}

type IntegerArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;
type IntegerDType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32';

const INTEGER_RANGES: Readonly<Record<IntegerDType, readonly [number, number]>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffffffff],
  int32: [-0x80000000, 0x7fffffff],
};

function saturate<T extends IntegerArray>(data: Float32Array, out: T, [low, high]: readonly [number, number]): T {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    out[i] = value <= low ? low : value >= high ? high : roundHalfEven(value);
  }
  return out;
}

/** NaN passes through and is stored as 0 by an integer array. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function saturatedLong(value: number, low: bigint, high: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value <= Number(low)) return low;
  if (value >= Number(high)) return high;
  return BigInt(roundHalfEven(value));
}

function longsToFloat32(data: BigInt64Array | BigUint64Array): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Number(data[i]!);
  return out;
}
