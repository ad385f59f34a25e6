import type { DType, TypedArray } from '../../processing/array/nd-array.js';

/**
 * Undoes horizontal differencing (TIFF predictor 2) in place: every sample was stored as the difference from the
 * sample of the pixel before it, modulo the width of the type. Samples must be in the host's byte order.
 *
 * @param bytes  rows of `columns * stride` elements, aligned to the element size
 * @param stride samples that stand side by side in a pixel
 */
export function undoDifferencing(
  bytes: Uint8Array<ArrayBuffer>,
  elementBytes: number,
  columns: number,
  stride: number,
): void {
  const values = unsignedView(bytes, elementBytes);
  const row = columns * stride;
  if (values instanceof BigUint64Array) {
    for (let start = 0; start + row <= values.length; start += row) {
      for (let at = start + stride; at < start + row; at += 1) values[at]! += values[at - stride]!;
    }
  } else if (stride === 1) {
    accumulateSingle(values, row);
  } else {
    for (let start = 0; start + row <= values.length; start += row) {
      for (let at = start + stride; at < start + row; at += 1) values[at] = values[at]! + values[at - stride]!;
    }
  }
}

/** One sample per pixel: the running sum stays in a register; stores wrap to the width of the type. */
function accumulateSingle(values: Uint8Array | Uint16Array | Uint32Array, row: number): void {
  for (let start = 0; start + row <= values.length; start += row) {
    let sum = 0;
    for (let at = start; at < start + row; at += 1) {
      sum = (sum + values[at]!) | 0;
      values[at] = sum;
    }
  }
}

/**
 * Undoes the floating point predictor (TIFF technical note 3): a row holds the most significant bytes of all its
 * samples, then the next bytes, and so on, and the bytes are differences from the pixel before.
 *
 * @param bytes  rows as stored; overwritten with the differences undone
 * @returns      the same rows as samples in little-endian order
 */
export function undoFloatPredictor(
  bytes: Uint8Array,
  elementBytes: number,
  columns: number,
  stride: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  const samples = columns * stride;
  const row = samples * elementBytes;
  for (let start = 0; start + row <= bytes.length; start += row) {
    for (let at = start + stride; at < start + row; at += 1) bytes[at] = bytes[at]! + bytes[at - stride]!;
    for (let plane = 0; plane < elementBytes; plane += 1) {
      const from = start + plane * samples;
      let to = start + elementBytes - 1 - plane;
      for (let sample = 0; sample < samples; sample += 1) {
        result[to] = bytes[from + sample]!;
        to += elementBytes;
      }
    }
  }
  return result;
}

/** True for types the floating point predictor is defined for. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float16' || dtype === 'float32' || dtype === 'float64';
}

function unsignedView(
  bytes: Uint8Array<ArrayBuffer>,
  elementBytes: number,
): Extract<TypedArray, Uint8Array | Uint16Array | Uint32Array | BigUint64Array> {
  const length = Math.floor(bytes.byteLength / elementBytes);
  if (elementBytes === 1) return bytes;
  if (elementBytes === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, length);
  if (elementBytes === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, length);
}
