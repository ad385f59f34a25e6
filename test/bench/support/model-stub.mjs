/**
 * The model server of the benchmarks, in a process of its own, started by `start-model-stub.ts` through `fork`: answers
 * at once, at as little cost as Node allows, so that what is measured is the client. HTTP/2 by hand, no gRPC library: one
 * buffer for all requests, one for all answers. Computes prediction = max(z, 0) / 4 and prediction_1 = (z − 0.2) / 3 of its
 * input z, and answers as packed `float_val`, as TensorFlow Serving does.
 *
 * One call at a time: a second waits until the answer to the first has been sent.
 */
import { connect, createServer } from 'node:http2';
import { field, fieldInPieces, readRequest, varint } from '../../support/model-server/wire.mjs';

const PREDICT = '/tensorflow.serving.PredictionService/Predict';
/** Compression flag and length, before each message. */
const FRAME_HEAD_BYTES = 5;
/** Kept below what sockets hold: Node does not read while it writes, and two that wait for each other would stay so. */
const WINDOW_BYTES = 2 ** 20;
const WARM_UP_CALLS = 50;
const HEADS = ['prediction_1', 'prediction'];

let request = Buffer.alloc(0);
let answer = Buffer.alloc(0);
let lastCall = Promise.resolve();

const server = createServer({ settings: { initialWindowSize: WINDOW_BYTES, maxFrameSize: 2 ** 20 } });
server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
server.on('stream', (stream, headers) => {
  stream.on('error', () => undefined);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  const call = lastCall.then(() => serve(stream, headers[':path'] === PREDICT ? predict : metadata));
  lastCall = call.catch(() => undefined);
});

async function serve(stream, handle) {
  stream.end(handle(await received(stream)));
  await new Promise((resolve) => stream.once('close', resolve));
}

/** The message of a call, in memory that the next call uses again. */
async function received(stream) {
  let length = 0;
  for await (const chunk of stream) {
    if (request.length < length + chunk.length) {
      const larger = Buffer.alloc(2 * (length + chunk.length));
      request.copy(larger, 0, 0, length);
      request = larger;
    }
    length += chunk.copy(request, length);
  }
  return request.subarray(FRAME_HEAD_BYTES, length);
}

function predict(message) {
  const { shape, content } = readRequest(message).inputs[0];
  const heads = HEADS.map((name) => headOf(name, shape, content.length));
  const length = heads.reduce((sum, { before }) => sum + before.length + content.length, FRAME_HEAD_BYTES);
  if (answer.length < length) answer = Buffer.alloc(length);
  const values = floats(content);
  let at = FRAME_HEAD_BYTES;
  for (const [index, { before }] of heads.entries()) {
    at += before.copy(answer, at);
    const out = new Float32Array(values.length);
    compute(HEADS[index], values, out);
    at += Buffer.from(out.buffer).copy(answer, at);
  }
  return framed(answer.subarray(0, length));
}

function compute(head, z, out) {
  if (head === 'prediction') for (let i = 0; i < z.length; i++) out[i] = z[i] > 0 ? z[i] / 4 : 0;
  else for (let i = 0; i < z.length; i++) out[i] = (z[i] - 0.2) / 3;
}

/** What stands in an answer before the values of one head. */
function headOf(name, shape, bytes) {
  const dims = Buffer.concat(shape.map((size) => field(2, field(1, size))));
  const head = Buffer.concat([field(1, 1), field(2, dims), varint((5 << 3) | 2), varint(bytes)]);
  const tensor = head.length + bytes;
  const entry = Buffer.concat([field(1, Buffer.from(name)), varint((2 << 3) | 2), varint(tensor)]);
  return { before: Buffer.concat([varint((1 << 3) | 2), varint(entry.length + tensor), entry, head]) };
}

function floats(content) {
  const copy = content.byteOffset % 4 === 0 ? content : Buffer.from(new Uint8Array(content));
  return new Float32Array(copy.buffer, copy.byteOffset, copy.length / 4);
}

/** A signature of one input `image`, float32 (-1, 512, 512, 1). */
function metadata() {
  const dims = [-1, 512, 512, 1].map((size) => field(2, field(1, size)));
  const info = Buffer.concat([field(2, 1), field(3, Buffer.concat(dims))]);
  const signature = field(1, Buffer.concat([field(1, Buffer.from('image')), field(2, info)]));
  const signatures = field(1, Buffer.concat([field(1, Buffer.from('serving_default')), field(2, signature)]));
  const type = 'type.googleapis.com/tensorflow.serving.SignatureDefMap';
  const any = Buffer.concat([field(1, Buffer.from(type)), field(2, signatures)]);
  const entry = Buffer.concat([field(1, Buffer.from('signature_def')), field(2, any)]);
  return framed(Buffer.concat([Buffer.alloc(FRAME_HEAD_BYTES), ...fieldInPieces(2, [entry])]));
}

function framed(message) {
  message[0] = 0;
  message.writeUInt32BE(message.length - FRAME_HEAD_BYTES, 1);
  return message;
}

/** Calls itself until the engine has compiled what serves: a model server that has just started is not what is measured. */
async function warmUp(port) {
  const session = connect(`http://127.0.0.1:${port}`);
  const dims = [1, 512, 512, 1].map((size) => field(2, field(1, size)));
  const tensor = [field(1, 1), field(2, Buffer.concat(dims)), field(4, Buffer.alloc(2 ** 20))];
  const input = field(2, Buffer.concat([field(1, Buffer.from('image')), field(2, Buffer.concat(tensor))]));
  const message = framed(Buffer.concat([Buffer.alloc(FRAME_HEAD_BYTES), field(1, Buffer.alloc(0)), input]));
  for (let call = 0; call < WARM_UP_CALLS; call++) {
    const stream = session.request({ ':method': 'POST', ':path': PREDICT });
    stream.end(message);
    await new Promise((resolve, reject) => stream.on('error', reject).on('end', resolve).resume());
  }
  session.close();
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  void warmUp(port).then(() => process.send({ port }));
});
process.on('disconnect', () => process.exit());
