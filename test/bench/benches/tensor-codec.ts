import assert from 'node:assert/strict';
import type { Tensor } from '../../../src/models/contract.js';
import type { Benchmark, Row } from '../contract.js';
import { built, helper } from '../../support/built.js';
import { cpuMs, interleave } from '../support/interleave.js';
import { timeRow } from '../support/rows.js';

type Messages = typeof import('../../../src/models/tensorflow-serving/predict-messages.js');
type Encoding = 'packed' | 'content' | 'unpacked' | 'split' | 'mixed';
/** The model server's own codec: written apart from ours. */
interface PeerCodec {
  field(number: number, payload: Buffer): Buffer;
  floatTensor(shape: readonly number[], values: Float32Array, encoding: Encoding): Buffer;
}

/** A 2048 × 2048 plane as tiles: 4 Mi float32, 16.8 MB. */
const SHAPE = [16, 512, 512, 1] as const;
const ROUNDS = 15;
const MODEL = { name: 'NuclearSegmentation', version: '1' };
/** Writing and reading in both encodings may cost this many times a plain copy. */
const GOAL = { of: 'ratio', atMost: 4 } as const;

const ENCODINGS: Readonly<Record<Encoding, string>> = {
  content: 'tensor_content',
  packed: 'packed float_val',
  split: 'float_val in three packed pieces',
  unpacked: 'unpacked float_val',
  mixed: 'float_val half packed, half not',
};

/** Each way of writing 4 Mi float32 against copying their bytes from one buffer to another. */
export const tensorCodec: Benchmark = {
  name: 'tensor-codec',
  summary:
    'Predict messages of 4 Mi float32 (16.8 MB) against a plain copy of the same bytes into memory at hand; processor time.',
  async run({ progress }) {
    const { encodePredictRequest, decodePredictResponse } = built(
      'src/models/tensorflow-serving/predict-messages.js',
    ) as Messages;
    const values = new Float32Array(16 * 512 * 512);
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(i) * 1000;
    const tensor: Tensor = { dtype: 'float32', shape: SHAPE, data: values };
    const messages = responses(values);
    checkRequest(encodePredictRequest(MODEL, { image: tensor }), values);
    for (const [encoding, message] of Object.entries(messages)) {
      progress(`checking ${encoding}`);
      checkAnswer(decodePredictResponse(Buffer.from(message)), values);
    }
    const source = Buffer.from(values.buffer);
    const target = Buffer.alloc(source.length);
    // Decoding uses a message up; a copy of it lies in memory that has been touched, as what came over a connection does.
    const decode = (encoding: Encoding) => () => {
      const message = Buffer.from(new Uint8Array(messages[encoding]).buffer);
      return cpuMs(() => decodePredictResponse(message));
    };
    const costs = await interleave(
      {
        'plain copy': () => cpuMs(() => source.copy(target)),
        'copy into new memory': () => cpuMs(() => Buffer.allocUnsafeSlow(source.length).set(source)),
        encode: () => cpuMs(() => encodePredictRequest(MODEL, { image: tensor })),
        content: decode('content'),
        packed: decode('packed'),
        split: decode('split'),
        unpacked: decode('unpacked'),
        mixed: decode('mixed'),
      },
      ROUNDS,
    );
    const peer = 'plain copy';
    const rows: Row[] = [
      timeRow({ name: 'write tensor_content', costs, ours: 'encode', peer, goal: GOAL }),
      timeRow({ name: 'read tensor_content', costs, ours: 'content', peer, goal: GOAL }),
      timeRow({ name: 'read packed float_val', costs, ours: 'packed', peer, goal: GOAL }),
      timeRow({ name: `read ${ENCODINGS.split}`, costs, ours: 'split', peer, goal: GOAL }),
      timeRow({ name: `read ${ENCODINGS.unpacked}`, costs, ours: 'unpacked', peer }),
      timeRow({ name: `read ${ENCODINGS.mixed}`, costs, ours: 'mixed', peer }),
      timeRow({
        name: 'copy into new memory',
        costs,
        ours: 'copy into new memory',
        peer,
        note: 'what any result in memory of its own costs at least.',
      }),
    ];
    return rows;
  },
};

function responses(values: Float32Array): Record<Encoding, Buffer> {
  const { field, floatTensor } = helper('support/model-server/wire.mjs') as PeerCodec;
  const message = (encoding: Encoding) =>
    field(1, Buffer.concat([field(1, Buffer.from('prediction')), field(2, floatTensor(SHAPE, values, encoding))]));
  return {
    content: message('content'),
    packed: message('packed'),
    split: message('split'),
    unpacked: message('unpacked'),
    mixed: message('mixed'),
  };
}

function checkAnswer({ prediction }: Record<string, Tensor>, values: Float32Array): void {
  assert.deepEqual(prediction?.shape, [...SHAPE]);
  assert.equal(prediction.dtype, 'float32');
  assert.ok(sameBytes(prediction.data as Float32Array, values), 'other values were read than were written');
}

/** The request ends with the values, whatever stands before them. */
function checkRequest(request: Buffer, values: Float32Array): void {
  const end = request.indexOf(Buffer.from(values.buffer, 0, 64)) + values.byteLength;
  const written = request.subarray(end - values.byteLength, end);
  assert.ok(written.equals(Buffer.from(values.buffer)), 'the request does not hold the values');
}

function sameBytes(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
