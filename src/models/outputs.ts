import { KioskError } from '../errors/kiosk-error.js';
import type { Tensor } from './contract.js';

export interface NamedOutput {
  readonly name: string;
  readonly tensor: Tensor;
}

/** What a model must answer to a batch of images. */
export interface ExpectedOutput {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  /** Undefined: any number of channels. */
  readonly channels?: number;
}

/**
 * Outputs in the order in which post-processing takes them: the heads that the model's card names, else all outputs
 * in natural order of their names (`prediction`, `prediction_2`, `prediction_10`).
 * @throws {KioskError} `KC_MODEL_OUTPUT` if a head is not among the outputs
 */
export function orderedOutputs(outputs: Readonly<Record<string, Tensor>>, heads?: readonly string[]): NamedOutput[] {
  const names = heads ?? Object.keys(outputs).toSorted(naturalOrder);
  return names.map((name) => {
    const tensor = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
    if (tensor) return { name, tensor };
    throw new KioskError('KC_MODEL_OUTPUT', `The model has no output "${name}".`, {
      details: [`outputs: ${Object.keys(outputs).toSorted(naturalOrder).join(', ') || 'none'}`],
      hint: 'correct "heads" in the metadata.json of the model',
    });
  });
}

/**
 * Checks that each output is (batch, rows, columns, channels) for the images that were sent, and finite.
 * @throws {KioskError} `KC_MODEL_OUTPUT` naming the head, what was found, and where
 */
export function checkOutputs(outputs: readonly NamedOutput[], expected: ExpectedOutput): void {
  for (const output of outputs) {
    checkShape(output, expected);
    checkFinite(output);
  }
}

/** Compares names so that numbers in them count as numbers; otherwise by code unit. */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(NAME_PARTS) ?? [];
  const right = b.match(NAME_PARTS) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareParts(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length || (a < b ? -1 : Number(a > b));
}

const NAME_PARTS = /\d+|\D+/g;
const DIGITS = /^\d/;

function compareParts(a: string, b: string): number {
  const numbers = DIGITS.test(a) && DIGITS.test(b) ? Number(a) - Number(b) : 0;
  return numbers || (a < b ? -1 : Number(a > b));
}

function checkShape({ name, tensor }: NamedOutput, { batch, rows, columns, channels }: ExpectedOutput): void {
  const [b, r, c, depth] = tensor.shape;
  const fits = tensor.shape.length === 4 && b === batch && r === rows && c === columns;
  if (fits && (channels === undefined ? depth! > 0 : depth === channels)) return;
  const wanted = `(${batch}, ${rows}, ${columns}, ${channels ?? 'channels'})`;
  throw new KioskError(
    'KC_MODEL_OUTPUT',
    `Output "${name}" has shape (${tensor.shape.join(', ')}), expected ${wanted}.`,
    {
      hint: 'use a model that answers one value per pixel, or name the heads that do in its metadata.json',
    },
  );
}

function checkFinite({ name, tensor }: NamedOutput): void {
  const bad = findNonFinite(tensor);
  if (!bad) return;
  const [, , columns, channels] = tensor.shape as [number, number, number, number];
  const pixel = Math.floor(bad.first / channels);
  const item = Math.floor(bad.first / (tensor.data.length / tensor.shape[0]!));
  const rows = tensor.shape[1]!;
  const where = `item ${item}, row ${Math.floor(pixel / columns) % rows}, column ${pixel % columns}, channel ${bad.first % channels}`;
  throw new KioskError(
    'KC_MODEL_OUTPUT',
    `Output "${name}" holds ${bad.count} NaN or infinite values, the first at ${where}.`,
    {
      hint: 'check the input image for NaN and the pre-processing for a division by zero; else the model is broken',
    },
  );
}

/** Undefined if all values are finite; integers always are. */
function findNonFinite(tensor: Tensor): { count: number; first: number } | undefined {
  const { data, dtype } = tensor;
  if (dtype === 'float32' || dtype === 'float64') {
    const finite = dtype === 'float32' ? allFinite32(data as Float32Array) : allFinite(data as Float64Array);
    return finite ? undefined : locate(data.length, (index) => !Number.isFinite(data[index]));
  }
  const exponent = dtype === 'float16' ? 0x7c00 : dtype === 'bfloat16' ? 0x7f80 : 0;
  if (exponent === 0) return undefined;
  const found = locate(data.length, (index) => (Number(data[index]) & exponent) === exponent);
  return found.count > 0 ? found : undefined;
}

/** x − x is 0 for finite x and NaN otherwise: one sum tells, without a branch in the loop. */
function allFinite(data: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  return sum === 0;
}

/**
 * NaN and infinity are the values whose exponent bits are all set: adding 1 to that exponent carries into the sign bit.
 * Four sums side by side do not wait for each other, which halves the time.
 */
function allFinite32(data: Float32Array): boolean {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const inFours = bits.length - (bits.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < inFours; i += 4) {
    a |= (bits[i]! & EXPONENT) + EXPONENT_ONE;
    b |= (bits[i + 1]! & EXPONENT) + EXPONENT_ONE;
    c |= (bits[i + 2]! & EXPONENT) + EXPONENT_ONE;
    d |= (bits[i + 3]! & EXPONENT) + EXPONENT_ONE;
  }
  for (let i = inFours; i < bits.length; i++) a |= (bits[i]! & EXPONENT) + EXPONENT_ONE;
  return (a | b | c | d) >= 0;
}

/** All exponent bits of a float32, and 1 in the lowest of them. */
const EXPONENT = 0x7f800000;
const EXPONENT_ONE = 0x00800000;

function locate(length: number, bad: (index: number) => boolean): { count: number; first: number } {
  let count = 0;
  let first = -1;
  for (let i = 0; i < length; i++) {
    if (!bad(i)) continue;
    if (count === 0) first = i;
    count++;
  }
  return { count, first };
}
