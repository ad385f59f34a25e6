import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { KioskError } from '../../src/errors/kiosk-error.js';
import type { Tensor, TensorDType } from '../../src/models/contract.js';
import { bytesOf, bytesPerElement, zeroTensor } from '../../src/models/tensor.js';
import { decodePredictResponse, encodePredictRequest } from '../../src/models/tensorflow-serving/predict-messages.js';
import { protoPeer } from '../support/proto-peer.js';

const peer = protoPeer();

/** dtype, its name on the wire, the field of its single values, and how a value stands in that field. */
const DTYPES: [TensorDType, string, string][] = [
  ['float32', 'DT_FLOAT', 'floatVal'],
  ['float64', 'DT_DOUBLE', 'doubleVal'],
  ['int32', 'DT_INT32', 'intVal'],
  ['int16', 'DT_INT16', 'intVal'],
  ['int8', 'DT_INT8', 'intVal'],
  ['uint8', 'DT_UINT8', 'intVal'],
  ['uint16', 'DT_UINT16', 'intVal'],
  ['int64', 'DT_INT64', 'int64Val'],
  ['bool', 'DT_BOOL', 'boolVal'],
  ['float16', 'DT_HALF', 'halfVal'],
  ['bfloat16', 'DT_BFLOAT16', 'halfVal'],
  ['uint32', 'DT_UINT32', 'uint32Val'],
  ['uint64', 'DT_UINT64', 'uint64Val'],
];

const FIELD_NUMBERS: Record<string, number> = {
  floatVal: 5,
  doubleVal: 6,
  intVal: 7,
  int64Val: 10,
  boolVal: 11,
  halfVal: 13,
  uint32Val: 16,
  uint64Val: 17,
};

/** Any tensor of a dtype: every bit pattern, so also NaN, the extremes and negative numbers. */
function tensors(dtype: TensorDType): fc.Arbitrary<Tensor> {
  return fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).chain((shape) => {
    const bytes = zeroTensor(dtype, shape).data.byteLength;
    return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((patterns) => {
      const tensor = zeroTensor(dtype, shape);
      bytesOf(tensor).set(dtype === 'bool' ? patterns.map((value) => value & 1) : patterns);
      return tensor;
    });
  });
}

const shapeOf = (shape: readonly number[]): object => ({ dim: shape.map((size) => ({ size })) });
const response = (tensor: Buffer, name = 'out'): Buffer =>
  delimited(1, Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, tensor)]));
const decoded = (tensor: Buffer): Tensor => decodePredictResponse(response(tensor))['out']!;

/** Values as protobufjs takes them. */
function listed(tensor: Tensor): unknown[] {
  return Array.from(tensor.data as Iterable<number | bigint>, (value) =>
    typeof value === 'bigint' ? value.toString() : tensor.dtype === 'bool' ? value === 1 : value,
  );
}

describe('requests', () => {
  test.each(DTYPES)('carry %s as %s in tensor_content, as another reader sees them', (dtype, name) => {
    fc.assert(
      fc.property(tensors(dtype), (tensor) => {
        const bytes = encodePredictRequest({ name: 'Model', version: '12' }, { image: tensor });
        const request = peer.decode('tensorflow.serving.PredictRequest', bytes) as {
          modelSpec: object;
          inputs: { image: { dtype: string; tensorShape: { dim?: { size: string }[] }; tensorContent: Buffer } };
        };
        expect(request.modelSpec).toEqual({ name: 'Model', version: { value: '12' } });
        expect(request.inputs.image.dtype).toBe(name);
        expect((request.inputs.image.tensorShape.dim ?? []).map(({ size }) => Number(size))).toEqual(tensor.shape);
        expect(Buffer.compare(Buffer.from(request.inputs.image.tensorContent), bytesOf(tensor))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('name no version where the newest is wanted', () => {
    const bytes = encodePredictRequest(
      { name: 'Model', version: undefined },
      { a: zeroTensor('uint8', [1]), b: zeroTensor('uint8', [1]) },
    );
    const request = peer.decode('tensorflow.serving.PredictRequest', bytes);
    expect(request['modelSpec']).toEqual({ name: 'Model' });
    expect(Object.keys(request['inputs'] as object)).toEqual(['a', 'b']);
  });

  test('are these bytes, by the book', () => {
    const tensor: Tensor = { dtype: 'float32', shape: [1, 2], data: new Float32Array([1, -2]) };
    const expected = [
      '0a 07',
      '0a 01 4d',
      '12 02 08 03', // model_spec { name "M", version { value 3 } }
      '12 1b',
      '0a 01 78', // inputs { key "x"
      '12 16',
      '08 01',
      '12 08 12 02 08 01 12 02 08 02', // value { dtype 1, tensor_shape { dim 1, dim 2 }
      '22 08 00 00 80 3f 00 00 00 c0', // tensor_content } }
    ];
    expect(encodePredictRequest({ name: 'M', version: '3' }, { x: tensor }).toString('hex')).toBe(
      expected.join('').replaceAll(' ', ''),
    );
  });
});

describe('answers', () => {
  test.each(DTYPES)(
    'of %s (%s) are read from %s, packed, split, mixed and unpacked, and from tensor_content',
    (dtype, name, field) => {
      fc.assert(
        fc.property(tensors(dtype), fc.nat(), (tensor, cut) => {
          const head = { dtype: name, tensorShape: shapeOf(tensor.shape) };
          const packed = peer.encode('tensorflow.TensorProto', { ...head, [field]: listed(tensor) });
          const content = peer.encode('tensorflow.TensorProto', {
            ...head,
            tensorContent: Buffer.from(bytesOf(tensor)),
          });
          const at = cut % (tensor.data.length + 1);
          const part = (values: Tensor['data']): Buffer =>
            values.length === 0
              ? Buffer.alloc(0)
              : peer.encode('tensorflow.TensorProto', { [field]: listed({ ...tensor, data: values }) });
          const start = peer.encode('tensorflow.TensorProto', head);
          const front = part(tensor.data.subarray(0, at));
          const back = part(tensor.data.subarray(at));
          const forms = {
            packed,
            content,
            split: Buffer.concat([start, front, back]),
            unpacked: Buffer.concat([start, unpacked(front, field), unpacked(back, field)]),
            mixed: Buffer.concat([front, start, unpacked(back, field)]),
          };
          for (const [form, bytes] of Object.entries(forms)) {
            const found = decoded(bytes);
            expect([form, found.dtype, found.shape]).toEqual([form, dtype, tensor.shape]);
            expect(sameValues(found, tensor)).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test.each(DTYPES)('of %s fill their shape with a single value', (dtype, name, field) => {
    const one = zeroTensor(dtype, [1]);
    bytesOf(one)[0] = 1;
    const bytes = peer.encode('tensorflow.TensorProto', {
      dtype: name,
      tensorShape: shapeOf([2, 3]),
      [field]: listed(one),
    });
    const found = decoded(bytes);
    expect(found.shape).toEqual([2, 3]);
    expect([...(found.data as Iterable<number | bigint>)]).toEqual(Array.from({ length: 6 }, () => one.data[0]));
  });

  test('come with several outputs, unknown fields and the model in any order', () => {
    const tensor = peer.encode('tensorflow.TensorProto', {
      dtype: 'DT_FLOAT',
      tensorShape: shapeOf([1]),
      floatVal: [2.5],
      versionNumber: 7,
    });
    const strange = delimited(99, Buffer.from('x'));
    const group = Buffer.from([0x9b, 0x06, 0x08, 0x01, 0x93, 0x06, 0x94, 0x06, 0x9c, 0x06]); // group 99 { 1: 1, group 98 {} }
    const model = delimited(2, delimited(1, Buffer.from('Model')));
    const bytes = Buffer.concat([
      model,
      strange,
      response(tensor, 'b'),
      group,
      response(Buffer.concat([tensor, strange]), 'a'),
    ]);
    const outputs = decodePredictResponse(bytes);
    expect(Object.keys(outputs)).toEqual(['b', 'a']);
    expect(outputs['a']?.data[0]).toBe(2.5);
  });

  test('may name an output like a member of every object', () => {
    const tensor = peer.encode('tensorflow.TensorProto', {
      dtype: 'DT_FLOAT',
      tensorShape: shapeOf([1]),
      floatVal: [2.5],
    });
    const outputs = decodePredictResponse(response(tensor, '__proto__'));
    expect(Object.keys(outputs)).toEqual(['__proto__']);
    expect(({} as { data?: unknown }).data).toBeUndefined();
  });
});

describe('values that lie in the message as in memory', () => {
  const values = Float32Array.from({ length: 4096 }, (_, index) => Math.sin(index));
  const tensor = (name: 'floatVal' | 'tensorContent'): Buffer =>
    peer.encode('tensorflow.TensorProto', {
      dtype: 'DT_FLOAT',
      tensorShape: shapeOf([4, 1024]),
      [name]: name === 'floatVal' ? [...values] : Buffer.from(values.buffer),
    });
  /** As gRPC hands a message over: behind five bytes, in a buffer of its own. */
  const received = (message: Buffer): Buffer =>
    Buffer.from(new Uint8Array([0, 0, 0, 0, 0, ...message]).buffer).subarray(5);

  test.each(['floatVal', 'tensorContent'] as const)('are not copied from %s, wherever they begin', (field) => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      const message = received(Buffer.concat([response(tensor(field), 'first'), response(tensor(field), name)]));
      const outputs = decodePredictResponse(message);
      expect(Object.keys(outputs)).toEqual(['first', name]);
      for (const { data, shape } of Object.values(outputs)) {
        expect(data.buffer).toBe(message.buffer);
        expect([...shape]).toEqual([4, 1024]);
        expect(data).toEqual(values);
      }
    }
  });

  test('are copied out of memory that others share', () => {
    const shared = Buffer.alloc(100_000);
    const message = response(tensor('floatVal'));
    message.copy(shared, 1000);
    const { out } = decodePredictResponse(shared.subarray(1000, 1000 + message.length));
    expect(out!.data.buffer).not.toBe(shared.buffer);
    expect(out!.data).toEqual(values);
    expect(shared.subarray(1000, 1000 + message.length)).toEqual(message);
  });
});

describe('answers that are wrong', () => {
  const floats = (shape: readonly number[], rest: object): Buffer =>
    peer.encode('tensorflow.TensorProto', { dtype: 'DT_FLOAT', tensorShape: shapeOf(shape), ...rest });
  const cases: [string, Buffer, RegExp][] = [
    ['too few values', floats([2, 2], { floatVal: [1, 2, 3] }), /"out" of shape \(2, 2\) holds 3 values/],
    ['too many values', floats([2], { floatVal: [1, 2, 3] }), /holds 3 values/],
    ['no values', floats([2], {}), /holds 0 values/],
    ['values in the field of another type', floats([2], { doubleVal: [1, 2] }), /holds 0 values/],
    [
      'content of a wrong length',
      floats([2], { tensorContent: Buffer.alloc(7) }),
      /tensor_content of 7 bytes, float32 takes 8/,
    ],
    ['a torn packed block', Buffer.concat([floats([2], {}), delimited(5, Buffer.alloc(7))]), /packed block of 7 bytes/],
    [
      'strings',
      peer.encode('tensorflow.TensorProto', {
        dtype: 'DT_STRING',
        tensorShape: shapeOf([1]),
        stringVal: [Buffer.from('a')],
      }),
      /DT_STRING.*not an image/,
    ],
    [
      'complex numbers',
      peer.encode('tensorflow.TensorProto', { dtype: 'DT_COMPLEX64', tensorShape: shapeOf([1]), scomplexVal: [1, 2] }),
      /DT_COMPLEX64/,
    ],
    [
      'a type from the future',
      peer.encode('tensorflow.TensorProto', { dtype: 4711, tensorShape: shapeOf([1]) }),
      /type number 4711/,
    ],
    [
      'an unknown rank',
      peer.encode('tensorflow.TensorProto', { dtype: 'DT_FLOAT', tensorShape: { unknownRank: true }, floatVal: [1] }),
      /without a known shape/,
    ],
    ['a negative length', floats([-1], { floatVal: [1] }), /without a known shape/],
    [
      'a shape that would fill the memory',
      floats([1_000_000, 1_000_000], { floatVal: [1] }),
      /filling a shape this large/,
    ],
    [
      'a shape beyond all numbers',
      floats(Array<number>(200).fill(2 ** 40), { floatVal: [1] }),
      /filling a shape this large/,
    ],
  ];

  test.each(cases)('by %s are refused with a sentence', (_, bytes, message) => {
    expect(() => decoded(bytes)).toThrow(message);
    expect(() => decoded(bytes)).toThrow(KioskError);
  });

  test('fill no more memory by many single values than one could', () => {
    const one = response(floats([8000, 8000], { floatVal: [1] }));
    expect(() => decodePredictResponse(Buffer.concat([one, one]))).toThrow(/filling a shape this large/);
  });

  test('never lead to anything but an answer or a refusal, wherever they are cut or changed', () => {
    const whole = Buffer.concat([
      response(floats([2, 3], { floatVal: [1, 2, 3, 4, 5, 6] }), 'a'),
      response(
        peer.encode('tensorflow.TensorProto', { dtype: 'DT_INT64', tensorShape: shapeOf([2]), int64Val: ['-1', '5'] }),
        'b',
      ),
    ]);
    for (let length = 0; length < whole.length; length++) harmless(whole.subarray(0, length));
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const changed = changes.map((list) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of list) bytes[at] = value;
      return bytes;
    });
    fc.assert(fc.property(changed, harmless), { numRuns: 2000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), harmless), { numRuns: 2000 });
  });
});

/** Decodes, and checks that this ended well or in a refusal, without much memory. */
function harmless(bytes: Uint8Array): void {
  const before = process.memoryUsage().arrayBuffers;
  try {
    for (const tensor of Object.values(decodePredictResponse(bytes)))
      expect(tensor.data.byteLength).toBeLessThan(8 * 2 ** 20);
  } catch (error) {
    expect(error).toMatchObject({ code: 'KC_MODEL_OUTPUT' });
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300 * 2 ** 20);
}

/** Compares bits, but NaN with NaN by kind: another encoder may change its payload. */
function sameValues(found: Tensor, expected: Tensor): boolean {
  if (Buffer.compare(bytesOf(found), bytesOf(expected)) === 0) return true;
  if (expected.dtype !== 'float32' && expected.dtype !== 'float64') return false;
  return Array.from(expected.data as Float32Array).every((value, index) => Object.is(value, found.data[index]));
}

/** Turns the packed block of a `TensorProto` into single fields. */
function unpacked(message: Buffer, field: string): Buffer {
  if (message.length === 0) return message;
  const number = FIELD_NUMBERS[field]!;
  const bytes = number === 5 ? 4 : number === 6 ? 8 : 0;
  const [, afterTag] = readVarint(message, 0);
  const [length, start] = readVarint(message, afterTag);
  const out: Buffer[] = [];
  for (let at = start; at < start + length;) {
    const end = bytes > 0 ? at + bytes : readVarint(message, at)[1];
    out.push(varint(number * 8 + (bytes === 4 ? 5 : bytes === 8 ? 1 : 0)), message.subarray(at, end));
    at = end;
  }
  return Buffer.concat(out);
}

function readVarint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function delimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

test('every dtype has a size', () => {
  expect(DTYPES.map(([dtype]) => bytesPerElement(dtype))).toEqual([4, 8, 4, 2, 1, 1, 2, 8, 1, 2, 2, 4, 8]);
});
