import type { Setting, SettingValue } from './setting.js';

/** A value, or what would have been accepted. */
export type Parsed = { readonly value: SettingValue } | { readonly accepted: string };

const TRUE_WORDS = new Set(['y', 'yes', 't', 'true', 'on', '1']);
const FALSE_WORDS = new Set(['n', 'no', 'f', 'false', 'off', '0', '']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:./i;

/** Reads the text of a variable, of `.env` or of a flag: the whole text must be the value. */
export function parseText(setting: Setting, raw: string): Parsed {
  const text = raw.trim();
  switch (setting.type) {
    case 'integer':
    case 'number':
      return checkNumber(setting, NUMBER.test(text) ? Number(text) : Number.NaN);
    case 'boolean': {
      const word = text.toLowerCase();
      if (TRUE_WORDS.has(word)) return { value: true };
      return FALSE_WORDS.has(word) ? { value: false } : { accepted: acceptedBy(setting) };
    }
    default:
      return checkText(setting, text);
  }
}

/** Checks a value of the config file, which must already be of the type. */
export function checkTyped(setting: Setting, raw: unknown): Parsed {
  if (setting.type === 'integer' || setting.type === 'number') {
    return checkNumber(setting, typeof raw === 'number' ? raw : Number.NaN);
  }
  if (setting.type === 'boolean') return typeof raw === 'boolean' ? { value: raw } : { accepted: acceptedBy(setting) };
  return typeof raw === 'string' ? checkText(setting, raw.trim()) : { accepted: acceptedBy(setting) };
}

/** What a setting accepts, in words that follow "must be". */
export function acceptedBy(setting: Setting): string {
  switch (setting.type) {
    case 'integer':
    case 'number':
      return `${setting.type === 'integer' ? 'a whole number' : 'a number'}${rangeOf(setting)}${unitOf(setting)}`;
    case 'boolean':
      return 'true or false (also yes, no, on, off, 1, 0)';
    case 'choice':
      return `one of ${setting.choices?.join(', ')}`;
    case 'url':
      return `a URL, such as ${setting.example}`;
    case 'name':
      return 'a name without blanks, ":" and "/"';
    case 'model':
      return 'NAME:VERSION, such as NuclearSegmentation:0';
    default:
      return 'a text';
  }
}

function checkNumber(setting: Setting, value: number): Parsed {
  const { min = -Infinity, max = Infinity } = setting;
  const isWhole = setting.type === 'number' || Number.isSafeInteger(value);
  return Number.isFinite(value) && isWhole && value >= min && value <= max
    ? { value }
    : { accepted: acceptedBy(setting) };
}

function checkText(setting: Setting, text: string): Parsed {
  switch (setting.type) {
    case 'choice': {
      const word = text.toLowerCase();
      const choice = setting.aliases?.[word] ?? word;
      return setting.choices?.includes(choice) ? { value: choice } : { accepted: acceptedBy(setting) };
    }
    case 'url':
      return SCHEME.test(text) ? { value: text } : { accepted: acceptedBy(setting) };
    case 'name':
      return /^[^\s:/]+$/.test(text) ? { value: text } : { accepted: acceptedBy(setting) };
    case 'model':
      return /^[^\s:]+(:\d+)?$/.test(text) ? { value: text } : { accepted: acceptedBy(setting) };
    default:
      return text === '' ? { accepted: acceptedBy(setting) } : { value: text };
  }
}

function rangeOf({ min, max }: Setting): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

function unitOf({ unit }: Setting): string {
  if (unit === undefined) return '';
  return unit === 's' ? ', in seconds' : `, in ${unit === 'px' ? 'pixels' : unit}`;
}
