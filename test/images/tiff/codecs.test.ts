import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createLzwDecoder } from '../../../src/images/tiff/codecs/lzw.js';
import { decodePackBits } from '../../../src/images/tiff/codecs/pack-bits.js';
import { undoDifferencing, undoFloatPredictor } from '../../../src/images/tiff/predictor.js';
import { unpackBits } from '../../../src/images/tiff/unpack-bits.js';

/** LZW as libtiff encodes it, with a table of strings. Slow and plain. */
function encodeLzw(bytes: Uint8Array): Uint8Array {
  let bits = '';
  let table = new Map<string, number>();
  let next = 258;
  const width = (): number => (next < 512 ? 9 : next < 1024 ? 10 : next < 2048 ? 11 : 12);
  const put = (code: number): void => {
    bits += code.toString(2).padStart(width(), '0');
  };
  const codeOf = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  put(256);
  let text = '';
  for (const byte of bytes) {
    const longer = text + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      text = longer;
      continue;
    }
    put(codeOf(text));
    table.set(longer, next);
    next += 1;
    if (next === 4094) {
      put(256);
      table = new Map();
      next = 258;
    }
    text = String.fromCharCode(byte);
  }
  if (text !== '') {
    put(codeOf(text));
    next += 1;
  }
  put(257);
  return Uint8Array.from(bits.match(/.{1,8}/gu) ?? [], (byte) => parseInt(byte.padEnd(8, '0'), 2));
}

/** PackBits without cleverness: runs of two and more are repeated, all else is literal. */
function encodePackBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let run = 1;
    while (run < 128 && bytes[at + run] === bytes[at] && at + run < bytes.length) run += 1;
    if (run > 1) out.push(257 - run, bytes[at]!);
    else out.push(0, bytes[at]!);
    at += run;
  }
  return Uint8Array.from(out);
}

const anyBytes = fc.uint8Array({ maxLength: 9000, size: 'max' });
const fewValues = fc.array(fc.nat(3), { maxLength: 9000, size: 'max' }).map((values) => Uint8Array.from(values));

describe('decoders of strips', () => {
  const decodeLzw = createLzwDecoder();

  test('LZW gives back what a plain encoder packed', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, fewValues), (bytes) => {
        const target = new Uint8Array(bytes.length);
        expect(decodeLzw(encodeLzw(bytes), target)).toBe(bytes.length);
        expect(Buffer.compare(target, bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('LZW of a long run makes strings that overlap what they write, through several tables', () => {
    const run = new Uint8Array(300_000).fill(7);
    run.set([1, 2, 3, 1, 2, 3], 150_000);
    const target = new Uint8Array(run.length);
    expect(decodeLzw(encodeLzw(run), target)).toBe(run.length);
    expect(Buffer.compare(target, run)).toBe(0);
  });

  test('PackBits gives back what a plain encoder packed', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, fewValues), (bytes) => {
        const target = new Uint8Array(bytes.length);
        expect(decodePackBits(encodePackBits(bytes), target)).toBe(bytes.length);
        expect(Buffer.compare(target, bytes)).toBe(0);
      }),
    );
  });

  test('the example of the PackBits specification is decoded', () => {
    const packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
    const target = new Uint8Array(24);
    expect(decodePackBits(Uint8Array.from(packed), target)).toBe(24);
    expect(Buffer.from(target).toString('hex')).toBe('aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa');
  });

  test('rubbish never writes beyond the target nor runs for ever', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(500), (bytes, length) => {
        const target = new Uint8Array(length);
        expect(decodeLzw(bytes, target)).toBeLessThanOrEqual(length);
        expect(decodePackBits(bytes, target)).toBeLessThanOrEqual(length);
      }),
    );
  });
});

/** Planes of bytes, most significant first, as differences. */
function storeFloats(little: Uint8Array, samples: number, stride: number): Uint8Array {
  const planes = new Uint8Array(little.length);
  for (let sample = 0; sample < samples; sample += 1) {
    for (let byte = 0; byte < 4; byte += 1) planes[byte * samples + sample] = little[sample * 4 + 3 - byte]!;
  }
  return planes.map((value, at) => (at < stride ? value : value - planes[at - stride]!));
}

describe('predictors', () => {
  test.each([
    ['uint8', Uint8Array, 1],
    ['uint16', Uint16Array, 2],
    ['uint32', Uint32Array, 4],
  ] as const)('differences of %s wrap at the width of the type', (_, View, width) => {
    const top = 2 ** (8 * width) - 1;
    const values = View.from([top, 2, 5, top - 1, 10, 0, top, 1]);
    undoDifferencing(new Uint8Array(values.buffer), width, 4, 1);
    expect([...values]).toEqual([top, 1, 6, 4, 10, 10, 9, 10]);
  });

  test('differences of 64-bit integers keep every digit', () => {
    const values = BigUint64Array.from([2n ** 63n + 1n, 2n ** 63n, 3n, 5n]);
    undoDifferencing(new Uint8Array(values.buffer), 8, 2, 1);
    expect([...values]).toEqual([2n ** 63n + 1n, 1n, 3n, 8n]);
  });

  test('samples side by side are each their own series', () => {
    const values = Uint8Array.from([1, 100, 1, 1, 1, 1]);
    undoDifferencing(values, 1, 3, 2);
    expect([...values]).toEqual([1, 100, 2, 101, 3, 102]);
  });

  test('the floating point predictor gives back the bytes of any floats', () => {
    const rows = fc.array(fc.float({ noNaN: false }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.constantFrom(1, 2, 3), (row, stride) => {
        const floats = Float32Array.from(row);
        const stored = storeFloats(new Uint8Array(floats.buffer), row.length, stride);
        expect(undoFloatPredictor(stored, 4, row.length / stride, stride)).toEqual(new Uint8Array(floats.buffer));
      }),
    );
  });
});

describe('samples of odd widths', () => {
  test('unpackBits gives back samples of every width from 1 to 31 bits', () => {
    const cases = fc.integer({ min: 1, max: 31 }).chain((bits) =>
      fc.record({
        bits: fc.constant(bits),
        values: fc.array(fc.integer({ min: 0, max: 2 ** bits - 1 }), { minLength: 5, maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ bits, values }) => {
        const text = values.map((value) => value.toString(2).padStart(bits, '0')).join('');
        const row = Uint8Array.from(text.match(/.{1,8}/gu)!, (byte) => parseInt(byte.padEnd(8, '0'), 2));
        const target = new Uint32Array(10);
        unpackBits(Buffer.concat([row, row]), bits, 5, target);
        expect([...target]).toEqual([...values, ...values]);
      }),
    );
  });
});
