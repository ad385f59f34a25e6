import { KioskError } from '../../errors/kiosk-error.js';
import type { TensorDType } from '../contract.js';

/** How the values of one dtype travel outside `tensor_content`. */
export interface WireType {
  readonly dtype: TensorDType;
  /** Number in TensorFlow's `DataType`. */
  readonly number: number;
  /** Field of `TensorProto` that carries single values. */
  readonly field: number;
  /** Bytes of one value in that field; undefined: varints. */
  readonly fixedBytes: 4 | 8 | undefined;
}

const TYPES: readonly (readonly [name: string, WireType])[] = [
  ['DT_FLOAT', { dtype: 'float32', number: 1, field: 5, fixedBytes: 4 }],
  ['DT_DOUBLE', { dtype: 'float64', number: 2, field: 6, fixedBytes: 8 }],
  ['DT_INT32', { dtype: 'int32', number: 3, field: 7, fixedBytes: undefined }],
  ['DT_UINT8', { dtype: 'uint8', number: 4, field: 7, fixedBytes: undefined }],
  ['DT_INT16', { dtype: 'int16', number: 5, field: 7, fixedBytes: undefined }],
  ['DT_INT8', { dtype: 'int8', number: 6, field: 7, fixedBytes: undefined }],
  ['DT_INT64', { dtype: 'int64', number: 9, field: 10, fixedBytes: undefined }],
  ['DT_BOOL', { dtype: 'bool', number: 10, field: 11, fixedBytes: undefined }],
  ['DT_BFLOAT16', { dtype: 'bfloat16', number: 14, field: 13, fixedBytes: undefined }],
  ['DT_UINT16', { dtype: 'uint16', number: 17, field: 7, fixedBytes: undefined }],
  ['DT_HALF', { dtype: 'float16', number: 19, field: 13, fixedBytes: undefined }],
  ['DT_UINT32', { dtype: 'uint32', number: 22, field: 16, fixedBytes: undefined }],
  ['DT_UINT64', { dtype: 'uint64', number: 23, field: 17, fixedBytes: undefined }],
];

/** Types that TensorFlow has and images have not; named so that the refusal can name them. */
const REFUSED: Readonly<Record<number, string>> = {
  0: 'DT_INVALID',
  7: 'DT_STRING',
  8: 'DT_COMPLEX64',
  11: 'DT_QINT8',
  12: 'DT_QUINT8',
  13: 'DT_QINT32',
  15: 'DT_QINT16',
  16: 'DT_QUINT16',
  18: 'DT_COMPLEX128',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
};

const BY_NUMBER = new Map(TYPES.map(([, type]) => [type.number, type]));
const BY_NAME = new Map(TYPES);
const BY_DTYPE = new Map(TYPES.map(([name, type]) => [type.dtype, { name, type }]));

/** @throws {KioskError} `KC_MODEL_OUTPUT` for strings, complex numbers and other types that are not read */
export function wireTypeOf(number: number, output: string): WireType {
  const type = BY_NUMBER.get(number);
  if (type) return type;
  const name = REFUSED[number] ?? `type number ${number}`;
  throw new KioskError('KC_MODEL_OUTPUT', `Output "${output}" is ${name}, which is not an image of numbers.`, {
    details: [`accepted: ${[...BY_NAME.keys()].join(', ')}`],
    hint: 'serve a signature whose outputs are numeric, or name the numeric heads in the metadata.json of the model',
  });
}

export function wireTypeFor(dtype: TensorDType): WireType {
  return BY_DTYPE.get(dtype)!.type;
}

/** The dtype of `DT_FLOAT` and the like; undefined for types that are not read. */
export function dtypeOfName(name: string): TensorDType | undefined {
  return BY_NAME.get(name)?.dtype;
}
