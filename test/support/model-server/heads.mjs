/** What the models of the look-alike server answer to an input z, as functions of single pixels. */
import { readFileSync } from 'node:fs';

/** Head to the channels of its pixels, each a function of the input's channels. */
const COMPUTED = {
  tissue: { 'semantic-0': inner(1), 'semantic-1': classes(1), 'semantic-2': inner(0), 'semantic-3': classes(0) },
  'tissue-of-eight': {
    head_1: inner(1),
    head_2: inner(1),
    head_3: [(z) => z[1], (z) => 1 - z[1]],
    head_4: classes(1),
    head_5: inner(0),
    head_6: inner(0),
    head_7: [(z) => z[0], (z) => 1 - z[0]],
    head_8: classes(0),
  },
  spots: { classification: [([z]) => 1 - z, ([z]) => z], offset_regression: [() => 0.25, () => -0.5] },
  edges: { edge_interior: [([z]) => (z > 0.2 && z < 0.5 ? 1 : 0), ([z]) => (z > 0.2 ? 1 : 0)] },
  volume: { prediction: [([z]) => z], prediction_1: [([z]) => z] },
};

function inner(channel) {
  return [(z) => z[channel]];
}

/** Boundary, interior, background. */
function classes(channel) {
  return [() => 0, (z) => z[channel], (z) => 1 - z[channel]];
}

export function headsOf({ computes = 'nuclei', answers }) {
  if (!answers && computes === 'nuclei') return ['prediction', 'prediction_1'];
  return Object.keys(answers ?? COMPUTED[computes]);
}

/** Head to shape and values. */
export function answerOf({ computes = 'nuclei', answers }, input) {
  if (answers) return nextItems(answers, input.shape[0]);
  if (computes === 'nuclei') return nuclei(input);
  return mapValues(COMPUTED[computes], (channels) => compute(input, channels));
}

/** How many items of each model's scripted answers were given. */
const given = new WeakMap();

/** The next items of scripted answers, from the first again after the last: a batch may be asked for in parts. */
function nextItems(answers, count) {
  const first = given.get(answers) ?? 0;
  given.set(answers, first + count);
  return mapValues(answers, (file) => {
    const { shape, values } = readArray(file);
    const size = values.length / shape[0];
    const items = Array.from({ length: count }, (_, i) => (first + i) % shape[0]);
    const out = new Float32Array(count * size);
    for (const [i, item] of items.entries()) out.set(values.subarray(item * size, (item + 1) * size), i * size);
    return { shape: [count, ...shape.slice(1)], values: out };
  });
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}

/** The reference model: prediction = max(z, 0) / 4 and prediction_1 = (z − 0.2) / 3, in a loop that costs next to nothing. */
function nuclei({ shape, values }) {
  const first = new Float32Array(values.length);
  const second = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    first[i] = value > 0 ? value / 4 : 0;
    second[i] = (value - 0.2) / 3;
  }
  return { prediction: { shape, values: first }, prediction_1: { shape, values: second } };
}

function compute({ shape, values }, channels) {
  const depth = shape.at(-1);
  const out = new Float32Array((values.length / depth) * channels.length);
  const pixel = new Float32Array(depth);
  for (let from = 0, to = 0; from < values.length; from += depth) {
    for (let c = 0; c < depth; c++) pixel[c] = values[from + c];
    for (const channel of channels) out[to++] = channel(pixel);
  }
  return { shape: [...shape.slice(0, -1), channels.length], values: out };
}

/** A `.npy` file of float32 or int32, as its header says. */
function readArray(file) {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((part) => part.trim() !== '');
  const { buffer } = new Uint8Array(bytes.subarray(start));
  const values = header.includes("'<i4'") ? Float32Array.from(new Int32Array(buffer)) : new Float32Array(buffer);
  return { shape: shape.map(Number), values };
}
