/**
 * A look-alike of TensorFlow Serving in a process of its own, started by `start-model-server.ts` through `fork`. What
 * its models answer stands in `heads.mjs`. Errors are worded as TensorFlow Serving words them. The parent sets behaviours and asks for the calls by messages.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { answerOf, headsOf } from './heads.mjs';
import { field, fieldInPieces, floatTensorInPieces, readRequest } from './wire.mjs';

const DTYPES = { float32: 1, float64: 2, int32: 3, uint8: 4, bfloat16: 14, uint16: 17, float16: 19 };

let models = [];
let behaviours = {};
let underWay = 0;
const calls = [];

const definitions = loadSync('prediction_service.proto', {
  includeDirs: [fileURLToPath(new URL('../../../protos', import.meta.url))],
});
const service = definitions['tensorflow.serving.PredictionService'];
const raw = { requestDeserialize: (bytes) => bytes, responseSerialize: (bytes) => bytes };

class Refusal extends Error {
  constructor(code, details) {
    super(details);
    this.code = grpc.status[code];
  }
}

function answering(method, handle) {
  return (call, callback) => void serve(method, handle, call, callback);
}

async function serve(method, handle, call, callback) {
  const record = { method, code: 'OK', concurrent: ++underWay };
  calls.push(record);
  call.on('cancelled', () => (record.cancelled = true));
  try {
    await misbehave(method, record);
    callback(null, handle(call.request, record));
  } catch (error) {
    record.code = grpc.status[error.code] ?? 'INTERNAL';
    callback({ code: error.code ?? grpc.status.INTERNAL, details: error.message });
  } finally {
    underWay--;
  }
}

async function misbehave(method, { concurrent }) {
  const { fail, failShare = 0, delayMs, capacity } = behaviours;
  if (Math.random() < failShare) throw new Refusal('UNAVAILABLE', 'UNAVAILABLE as asked');
  if (fail && fail.times > 0 && (fail.method ?? method) === method) {
    fail.times--;
    throw new Refusal(fail.code, fail.details ?? `${fail.code} as asked`);
  }
  if (capacity && concurrent > capacity) {
    throw new Refusal('RESOURCE_EXHAUSTED', 'The batch scheduling queue to which this task was submitted is full');
  }
  if (delayMs) await sleep(delayMs);
}

function find(name, version) {
  const model = models.find((each) => each.name === name);
  const found =
    model && (version === undefined ? model.versions.at(-1) : model.versions.find((each) => each === version));
  if (found) return model;
  const wanted = version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`;
  throw new Refusal('NOT_FOUND', `Servable not found for request: ${wanted}`);
}

function predict(message, record) {
  const { hasSpec, name, version, inputs } = readRequest(message);
  if (!hasSpec) throw new Refusal('INVALID_ARGUMENT', 'Missing ModelSpec');
  const model = find(name, version);
  const [input] = inputs;
  Object.assign(record, {
    model: name,
    version,
    shape: input?.shape,
    batch: input?.shape[0],
    encoding: input?.encoding,
  });
  if (input?.name !== model.input.name) {
    throw new Refusal(
      'INVALID_ARGUMENT',
      `input tensor alias not found in signature: ${input?.name}. Inputs expected to be in the set {${model.input.name}}.`,
    );
  }
  checkInput(input, model);
  const { encoding = 'packed', fault, answerBase64, garbageBytes } = behaviours;
  if (answerBase64 !== undefined) return Buffer.from(answerBase64, 'base64');
  if (garbageBytes) return randomBytes(garbageBytes);
  if (fault === 'no-outputs') return Buffer.alloc(0);
  if (fault === 'garbage') return Buffer.from('<html><body>502 Bad Gateway</body></html>');
  if (behaviours.keepInputs) writeFileSync(behaviours.keepInputs, input.content);
  const answer = respond(model, input, encoding, fault);
  return fault === 'half-message' ? answer.subarray(0, answer.length >> 1) : answer;
}

function checkInput({ shape, dtype }, model) {
  const expected = model.input.shape;
  if (shape.length !== expected.length || expected.some((length, axis) => length !== -1 && length !== shape[axis])) {
    throw new Refusal('INVALID_ARGUMENT', `Incompatible shapes: [${shape}] vs. [${expected}]`);
  }
  if (dtype !== DTYPES[model.input.dtype]) {
    throw new Refusal('INVALID_ARGUMENT', `Expects arg[0] to be ${model.input.dtype} but type ${dtype} is provided`);
  }
  const { maxBatch, oldWording } = behaviours;
  if (maxBatch && shape[0] > maxBatch) {
    const limit = oldWording ? 'maximum batch size' : 'maximum input batch size';
    throw new Refusal('INVALID_ARGUMENT', `Task size ${shape[0]} is larger than ${limit} ${maxBatch}`);
  }
}

function respond(model, { shape, content, dtype }, encoding, fault) {
  const answer = Object.entries(answerOf(model, { shape, values: valuesOf(content, dtype) }));
  const [, last] = answer.at(-1);
  if (fault === 'nan') last.values[5] = Number.NaN;
  const shown = (own) =>
    fault === 'wrong-shape'
      ? own.map((length, axis) => (axis === 1 ? length / 2 : axis === 2 ? length * 2 : length))
      : own;
  const entry = ([name, head]) =>
    fieldInPieces(1, [
      field(1, Buffer.from(name)),
      ...fieldInPieces(2, floatTensorInPieces(shown(head.shape), head.values, encoding)),
    ]);
  return Buffer.concat(answer.toReversed().flatMap(entry));
}

function valuesOf(content, dtype) {
  const own = content.buffer.slice(content.byteOffset, content.byteOffset + content.length);
  if (dtype === DTYPES.uint8) return new Uint8Array(own);
  if (dtype === DTYPES.uint16) return new Uint16Array(own);
  if (dtype === DTYPES.bfloat16)
    return new Float32Array(Uint32Array.from(new Uint16Array(own), (bits) => bits << 16).buffer);
  return new Float32Array(own);
}

function metadata({ modelSpec, metadataField }, record) {
  if (!modelSpec) throw new Refusal('INVALID_ARGUMENT', 'Missing ModelSpec');
  const version = modelSpec.version ? String(modelSpec.version.value) : undefined;
  Object.assign(record, { model: modelSpec.name, version, metadataField });
  const model = find(modelSpec.name, version);
  const { name, dtype, shape } = model.input;
  const info = (tensor, dims) => ({
    name: tensor,
    dtype: DTYPES[dtype],
    tensorShape: { dim: dims.map((size) => ({ size })) },
  });
  const heads = Object.fromEntries(
    headsOf(model).map((head, index) => [head, info(`StatefulPartitionedCall:${index}`, shape)]),
  );
  const signature = {
    inputs: { [name]: info(`serving_default_${name}:0`, shape) },
    outputs: heads,
    methodName: 'tensorflow/serving/predict',
  };
  const signatureDef = behaviours.fault === 'no-signature' ? { other: signature } : { serving_default: signature };
  const value = definitions['tensorflow.serving.SignatureDefMap'].serialize({ signatureDef });
  const packed = { typeUrl: 'type.googleapis.com/tensorflow.serving.SignatureDefMap', value };
  return { modelSpec, metadata: { signature_def: packed } };
}

function credentials(tls) {
  if (!tls) return grpc.ServerCredentials.createInsecure();
  const pair = { private_key: readFileSync(tls.keyFile), cert_chain: readFileSync(tls.certificateFile) };
  const root = tls.clientRootFile ? readFileSync(tls.clientRootFile) : null;
  return grpc.ServerCredentials.createSsl(root, [pair], root !== null);
}

const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService(
  { Predict: { ...service.Predict, ...raw }, GetModelMetadata: service.GetModelMetadata },
  { Predict: answering('Predict', predict), GetModelMetadata: answering('GetModelMetadata', metadata) },
);

process.on('message', ({ id, start, set, ask }) => {
  if (set) behaviours = set;
  if (start) {
    ({ models, behaviours } = start);
    server.bindAsync(`127.0.0.1:${start.port}`, credentials(start.tls), (error, port) =>
      process.send({ id, error: error?.message, port }),
    );
  } else process.send({ id, calls: ask ? calls : undefined });
});
process.on('disconnect', () => server.forceShutdown());
