import { KioskError } from '../../errors/kiosk-error.js';
import { nearestName } from '../../errors/nearest-name.js';
import type { Parameter, ParameterValue, ParameterValues } from './parameter.js';

/** A function that takes parameters, as far as its checking needs. */
export interface Parametrised {
  readonly id: string;
  readonly parameters: readonly Parameter[];
}

/**
 * Checks the parameters of a job against those that a function takes, and fills in the defaults. Values may come from
 * JSON or, all of them strings, from the fields of a hash: `"0.5"`, `"true"` and `"none"` are read as what they say.
 *
 * @param raw names in snake_case; `-` for `_` and other case are accepted
 * @throws {KioskError} `KC_JOB_INVALID` naming parameter, value and what is accepted
 */
export function checkParameters(entry: Parametrised, raw: Readonly<Record<string, unknown>> = {}): ParameterValues {
  const given = readGiven(entry.id, entry.parameters, raw);
  const checked: Record<string, ParameterValue> = {};
  for (const parameter of entry.parameters) {
    const value = given.get(parameter.name);
    checked[parameter.name] = value === undefined ? parameter.default : value;
  }
  return checked;
}

function readGiven(
  owner: string,
  parameters: readonly Parameter[],
  raw: Readonly<Record<string, unknown>>,
): Map<string, ParameterValue> {
  const names = parameters.map((parameter) => parameter.name);
  const given = new Map<string, ParameterValue>();
  for (const [key, value] of Object.entries(raw)) {
    const name = plainName(key);
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (!parameter) throw unknownParameter(owner, key, names);
    if (value !== undefined) given.set(parameter.name, readValue(owner, parameter, value));
  }
  return given;
}

function readValue(owner: string, parameter: Parameter, value: unknown): ParameterValue {
  const read = parse(owner, parameter, value);
  if (read === undefined) {
    throw new KioskError(
      'KC_JOB_INVALID',
      `${owner}: parameter ${parameter.name} is ${show(value)}; ${accepted(parameter)} is accepted`,
      { hint: `change ${parameter.name}, or leave it away for the default of ${show(parameter.default)}` },
    );
  }
  return read;
}

/** The value as the function takes it, or `undefined` if it is not acceptable. */
function parse(owner: string, parameter: Parameter, value: unknown): ParameterValue | undefined {
  if (isNone(value)) return parameter.nullable ? null : undefined;
  switch (parameter.type) {
    case 'boolean':
      return readBoolean(value);
    case 'string':
      return readWord(parameter, value);
    case 'shape':
      return readShape(value);
    case 'object':
      return readObject(owner, parameter, value);
    default:
      return readNumber(parameter, value);
  }
}

function isNone(value: unknown): boolean {
  return value === null || (typeof value === 'string' && /^(none|null)?$/i.test(value.trim()));
}

function readNumber(parameter: Parameter, value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  if (parameter.type === 'integer' && !Number.isInteger(number)) return undefined;
  if (number < (parameter.minimum ?? -Infinity) || number > (parameter.maximum ?? Infinity)) return undefined;
  return number;
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = String(value).trim().toLowerCase();
  if (['true', '1', 'yes'].includes(word)) return true;
  return ['false', '0', 'no'].includes(word) ? false : undefined;
}

function readWord(parameter: Parameter, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return parameter.values?.find((word) => plainName(word) === plainName(value));
}

function plainName(name: string): string {
  return name.trim().toLowerCase().replaceAll('-', '_');
}

function readShape(value: unknown): number[] | undefined {
  const parts = typeof value === 'string' ? value.replaceAll(/[[\]()]/g, '').split(/[,x]/) : value;
  if (!Array.isArray(parts) || parts.length !== 2) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((n) => Number.isInteger(n) && n >= 1) ? numbers : undefined;
}

function readObject(owner: string, parameter: Parameter, value: unknown): ParameterValues | undefined {
  const object: unknown = typeof value === 'string' ? parseJson(value) : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined;
  const inner = `${owner}: ${parameter.name}`;
  return Object.fromEntries(readGiven(inner, parameter.parameters ?? [], object as Record<string, unknown>));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function accepted(parameter: Parameter): string {
  const { type, minimum, maximum, values, nullable } = parameter;
  const kinds = {
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    string: `one of ${(values ?? []).join(', ')}`,
    shape: 'two whole numbers ≥ 1 (rows, columns)',
    object: 'an object of parameters',
  };
  const range = [minimum !== undefined && `≥ ${minimum}`, maximum !== undefined && `≤ ${maximum}`].filter(Boolean);
  return [kinds[type], range.join(' and '), nullable && 'or none'].filter(Boolean).join(' ');
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function unknownParameter(owner: string, key: string, names: readonly string[]): KioskError {
  const nearest = nearestName(key.toLowerCase(), names);
  return new KioskError(
    'KC_JOB_INVALID',
    names.length === 0
      ? `${owner} has no parameter "${key}"; it takes none`
      : `${owner} has no parameter "${key}"${nearest ? `, but ${nearest}` : ''}; ${names.join(', ')} are accepted`,
    { hint: nearest ? `write ${nearest} for ${key}` : `leave ${key} away` },
  );
}
