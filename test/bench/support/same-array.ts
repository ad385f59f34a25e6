import assert from 'node:assert/strict';
import type { NdArray } from '../../../src/processing/array/nd-array.js';

/** Fails unless both arrays have the same shape and bytes. */
export function assertSameArray(found: NdArray, expected: NdArray, what: string): void {
  assert.deepEqual([...found.shape], [...expected.shape], `${what}: shapes differ`);
  assert.equal(found.data.constructor.name, expected.data.constructor.name, `${what}: types differ`);
  assert.ok(bytesOf(found).equals(bytesOf(expected)), `${what}: values differ`);
}

/** Fails if any pair of values differs by more than `atMost`. */
export function assertClose(found: NdArray, expected: NdArray, atMost: number, what: string): void {
  assert.deepEqual([...found.shape], [...expected.shape], `${what}: shapes differ`);
  let greatest = 0;
  for (let i = 0; i < found.data.length; i++) {
    const difference = Math.abs(Number(found.data[i]) - Number(expected.data[i]));
    if (!(difference <= greatest)) greatest = difference;
  }
  assert.ok(greatest <= atMost, `${what}: values differ by up to ${greatest}; at most ${atMost} is accepted`);
}

function bytesOf({ data }: NdArray): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
