import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';
import type { ModelCard } from './contract.js';

/** Name of the file beside a model in which its author declares how it is used. */
export const CARD_FILE = 'metadata.json';

/** The card in a model's folder; undefined if there is none. @throws {KioskError} `KC_MODEL_METADATA` */
export async function readCard(folder: string): Promise<ModelCard | undefined> {
  const file = path.join(folder, CARD_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KioskError(
      'KC_MODEL_METADATA',
      `${file} cannot be read.`,
      { hint: 'check the permissions of the file' },
      { cause },
    );
  }
  return parseCard(text, file);
}

/**
 * Reads a model card, format 1.
 * @param file where the text is from, for errors
 * @throws {KioskError} `KC_MODEL_METADATA` with all faults, one a line
 */
export function parseCard(text: string, file: string): ModelCard {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KioskError(
      'KC_MODEL_METADATA',
      `${file} is not JSON.`,
      { hint: 'correct the file or remove it' },
      { cause },
    );
  }
  const faults: string[] = [];
  checkRecord(value, '', CARD, faults);
  if (faults.length === 0) return value as ModelCard;
  throw new KioskError(
    'KC_MODEL_METADATA',
    `${file} does not fit the schema of a model card (format 1): ${faults.join('; ')}.`,
    {
      details: faults,
      hint: 'correct the file or remove it; every field but "format" may be left out',
    },
  );
}

/** Adds what is wrong with the value to `faults`; `where` is its path in the file. */
type Check = (value: unknown, where: string, faults: string[]) => void;

type Fields = Readonly<Record<string, { readonly check: Check; readonly required?: boolean }>>;

const text = expects('a text', (value) => typeof value === 'string' && value !== '');
const length = expects('a number above 0', (value) => typeof value === 'number' && Number.isFinite(value) && value > 0);
const pixels = expects('a whole number of at least 1', (value) => Number.isInteger(value) && (value as number) >= 1);
const halo = expects('a whole number of at least 0', (value) => Number.isInteger(value) && (value as number) >= 0);
const record = expects('an object', isRecord);

const FUNCTION_CALL: Fields = { function: { check: text, required: true }, parameters: { check: record } };
const TILING: Fields = {
  size: { check: sides },
  halo: { check: halo },
  multipleOf: { check: pixels },
};
const DIAMETER: Fields = {
  typical: { check: length, required: true },
  min: { check: length, required: true },
  max: { check: length, required: true },
};

const CARD: Fields = {
  format: { check: expects('1', (value) => value === 1), required: true },
  title: { check: text },
  licence: { check: text },
  preprocess: { check: listOf(recordOf(FUNCTION_CALL)) },
  heads: { check: heads },
  postprocess: { check: listOf(recordOf(FUNCTION_CALL)) },
  tiling: { check: tiling },
  mpp: { check: length },
  diameterPx: { check: diameter },
};

function checkRecord(value: unknown, where: string, fields: Fields, faults: string[]): void {
  if (!isRecord(value)) {
    faults.push(`${where || 'the file'} must be an object`);
    return;
  }
  const prefix = where === '' ? '' : `${where}.`;
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name))
      faults.push(`${prefix}${name} is not known (known: ${Object.keys(fields).join(', ')})`);
  }
  for (const [name, { check, required }] of Object.entries(fields)) {
    if (value[name] !== undefined) check(value[name], `${prefix}${name}`, faults);
    else if (required) faults.push(`${prefix}${name} is missing`);
  }
}

function expects(what: string, fits: (value: unknown) => boolean): Check {
  return (value, where, faults) => {
    if (!fits(value)) faults.push(`${where} must be ${what}, got ${JSON.stringify(value)}`);
  };
}

function recordOf(fields: Fields): Check {
  return (value, where, faults) => checkRecord(value, where, fields, faults);
}

function listOf(check: Check): Check {
  return (value, where, faults) => {
    if (!Array.isArray(value)) faults.push(`${where} must be a list`);
    else for (const [index, item] of value.entries()) check(item, `${where}[${index}]`, faults);
  };
}

function heads(value: unknown, where: string, faults: string[]): void {
  listOf(text)(value, where, faults);
  if (!Array.isArray(value)) return;
  if (value.length === 0) faults.push(`${where} must name at least one output`);
  if (new Set(value).size !== value.length) faults.push(`${where} names an output twice`);
}

function sides(value: unknown, where: string, faults: string[]): void {
  listOf(pixels)(value, where, faults);
  if (Array.isArray(value) && value.length !== 2) faults.push(`${where} must be [rows, columns]`);
}

/** A tile must have a middle that its rims leave over. */
function tiling(value: unknown, where: string, faults: string[]): void {
  const before = faults.length;
  checkRecord(value, where, TILING, faults);
  if (faults.length > before) return;
  const { size, halo: rim = 0, multipleOf = 1 } = value as NonNullable<ModelCard['tiling']>;
  if (size && Math.min(...size) <= 2 * rim)
    faults.push(`${where}.size must exceed twice the halo of ${rim}, got ${JSON.stringify(size)}`);
  if (size?.some((side) => side % multipleOf !== 0))
    faults.push(`${where}.size must be a multiple of ${multipleOf}, got ${JSON.stringify(size)}`);
}

function diameter(value: unknown, where: string, faults: string[]): void {
  const before = faults.length;
  checkRecord(value, where, DIAMETER, faults);
  if (faults.length > before) return;
  const { min, typical, max } = value as NonNullable<ModelCard['diameterPx']>;
  if (min > typical || typical > max)
    faults.push(`${where} must have min ≤ typical ≤ max, got ${min}, ${typical}, ${max}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
