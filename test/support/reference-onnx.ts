import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Element types of ONNX tensors that the reference model is made for. */
const ELEMENT_TYPES = { float32: 1, uint8: 2 } as const;

export interface ReferenceModelOptions {
  readonly dtype?: keyof typeof ELEMENT_TYPES;
  /** Default: any batch, rows and columns, one channel. */
  readonly shape?: readonly number[];
  /** Name of the input. Default `image`. */
  readonly input?: string;
}

/**
 * Writes `<root>/<name>/<version>/model.onnx`: prediction = max(z, 0) / 4 and prediction_1 = (z − 0.2) / 3 of its
 * input z, the model that the look-alike server computes.
 */
export async function writeReferenceModel(
  root: string,
  name: string,
  version: string,
  options: ReferenceModelOptions = {},
): Promise<void> {
  const folder = path.join(root, name, version);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'model.onnx'), referenceModel(options));
}

/** The bytes of an ONNX `ModelProto`, put together by field numbers of onnx.proto. */
function referenceModel({
  dtype = 'float32',
  shape = [-1, -1, -1, 1],
  input = 'image',
}: ReferenceModelOptions): Buffer {
  const nodes = [
    node('Cast', [input], 'z', [attribute('to', ELEMENT_TYPES.float32)]),
    node('Relu', ['z'], 'positive'),
    node('Div', ['positive', 'four'], 'prediction'),
    node('Sub', ['z', 'fifth'], 'shifted'),
    node('Div', ['shifted', 'three'], 'prediction_1'),
  ];
  const graph = Buffer.concat([
    ...nodes,
    text(2, 'reference'),
    constant('four', 4),
    constant('fifth', 0.2),
    constant('three', 3),
    value(11, input, ELEMENT_TYPES[dtype], shape),
    value(12, 'prediction', ELEMENT_TYPES.float32, shape),
    value(12, 'prediction_1', ELEMENT_TYPES.float32, shape),
  ]);
  return Buffer.concat([number(1, 7), message(7, graph), message(8, Buffer.concat([text(1, ''), number(2, 13)]))]);
}

function node(
  operation: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Buffer[] = [],
): Buffer {
  return message(
    1,
    Buffer.concat([...inputs.map((name) => text(1, name)), text(2, output), text(4, operation), ...attributes]),
  );
}

function attribute(name: string, integer: number): Buffer {
  const integerKind = 2;
  return message(5, Buffer.concat([text(1, name), number(3, integer), number(20, integerKind)]));
}

function constant(name: string, scalar: number): Buffer {
  const raw = Buffer.alloc(4);
  raw.writeFloatLE(scalar);
  return message(5, Buffer.concat([number(2, ELEMENT_TYPES.float32), text(8, name), message(9, raw)]));
}

function value(field: number, name: string, elementType: number, shape: readonly number[]): Buffer {
  const dims = shape.map((length, axis) => message(1, length < 0 ? text(2, `axis${axis}`) : number(1, length)));
  const tensorType = Buffer.concat([number(1, elementType), message(2, Buffer.concat(dims))]);
  return message(field, Buffer.concat([text(1, name), message(2, message(1, tensorType))]));
}

function number(field: number, integer: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(integer)]);
}

function text(field: number, content: string): Buffer {
  return message(field, Buffer.from(content));
}

function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function varint(integer: number): Buffer {
  const bytes: number[] = [];
  let rest = integer;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
