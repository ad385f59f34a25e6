/** Protobuf by hand, written apart from the client's own codec so that each can prove the other. */

export function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function field(number, payload) {
  if (Buffer.isBuffer(payload)) return Buffer.concat([varint((number << 3) | 2), varint(payload.length), payload]);
  return Buffer.concat([varint(number << 3), varint(payload)]);
}

/** A field whose payload is given in pieces; itself in pieces, so that large values are copied once, at the end. */
export function fieldInPieces(number, pieces) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [varint((number << 3) | 2), varint(length), ...pieces];
}

/** All fields of a message: number → list of values (buffers for length-delimited ones, BigInt for varints). */
export function fields(message) {
  const found = new Map();
  let at = 0;
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(number());
    let value;
    if ((tag & 7) === 0) value = number();
    else if ((tag & 7) === 1) value = message.subarray(at, (at += 8));
    else if ((tag & 7) === 5) value = message.subarray(at, (at += 4));
    else {
      const length = Number(number());
      value = message.subarray(at, (at += length));
    }
    const list = found.get(tag >> 3);
    if (list) list.push(value);
    else found.set(tag >> 3, [value]);
  }
  return found;
}

/** Reads `PredictRequest`; only what the reference model needs. */
export function readRequest(message) {
  const request = fields(message);
  const spec = request.has(1) ? fields(request.get(1)[0]) : new Map();
  const version = spec.has(2) ? String(fields(spec.get(2)[0]).get(1)?.[0] ?? 0n) : undefined;
  const inputs = (request.get(2) ?? []).map((entry) => {
    const pair = fields(entry);
    return Object.assign({ name: String(pair.get(1)[0]) }, readTensor(pair.get(2)[0]));
  });
  return { hasSpec: request.has(1), name: String(spec.get(1)?.[0] ?? ''), version, inputs };
}

function readTensor(message) {
  const tensor = fields(message);
  const dims = fields(tensor.get(2)[0]).get(2) ?? [];
  const shape = dims.map((dim) => Number(fields(dim).get(1)?.[0] ?? 0n));
  const content = tensor.get(4)?.[0] ?? Buffer.concat(tensor.get(5) ?? []);
  return { dtype: Number(tensor.get(1)[0]), shape, content, encoding: tensor.has(4) ? 'content' : 'packed' };
}

/** `TensorProto` of float32 in one of the ways in which servers write it. */
export function floatTensor(shape, values, encoding) {
  return Buffer.concat(floatTensorInPieces(shape, values, encoding));
}

export function floatTensorInPieces(shape, values, encoding) {
  const head = Buffer.concat([field(1, 1), field(2, Buffer.concat(shape.map((length) => field(2, field(1, length)))))]);
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return [head, ...VALUES[encoding](bytes)];
}

const VALUES = {
  packed: (bytes) => fieldInPieces(5, [bytes]),
  content: (bytes) => fieldInPieces(4, [bytes]),
  unpacked: (bytes) => [singles(bytes)],
  split: (bytes) => {
    const third = Math.floor(bytes.length / 12) * 4;
    return [
      field(5, bytes.subarray(0, third)),
      field(5, bytes.subarray(third, 2 * third)),
      field(5, bytes.subarray(2 * third)),
    ];
  },
  mixed: (bytes) => {
    const half = Math.floor(bytes.length / 8) * 4;
    return [field(5, bytes.subarray(0, half)), singles(bytes.subarray(half))];
  },
};

function singles(bytes) {
  const out = Buffer.alloc((bytes.length / 4) * 5);
  for (let i = 0, at = 0; i < bytes.length; i += 4, at += 5) {
    out[at] = (5 << 3) | 5;
    bytes.copy(out, at + 1, i, i + 4);
  }
  return out;
}
