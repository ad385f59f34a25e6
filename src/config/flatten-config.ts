import { nearestName } from '../errors/nearest-name.js';
import { PORT_NAMES, SETTINGS } from './schema.js';

/** The config file's settings by key, and what stands in it that is no setting. */
export interface FlatConfig {
  readonly values: ReadonlyMap<string, unknown>;
  readonly faults: readonly string[];
}

/** Keys that hold something other than settings of the table. */
export const FREE_KEYS = ['plugins', 'consumers'] as const;

/** Spreads `{ models: { url, maxRetries } }` to `models`, `models.maxRetries`; `models: 'grpc:…'` is short for its URL. */
export function flattenConfig(config: Readonly<Record<string, unknown>>): FlatConfig {
  const known = new Set(SETTINGS.filter(({ inFile }) => inFile !== false).map(({ key }) => key));
  const values = new Map<string, unknown>();
  const faults: string[] = [];

  const spread = (object: Readonly<Record<string, unknown>>, path: string) => {
    for (const [name, value] of Object.entries(object)) {
      const key = path === '' ? name : `${path}.${name}`;
      if (path === '' && (FREE_KEYS as readonly string[]).includes(name)) continue;
      if (value === undefined) continue;
      if (name === 'url' && (PORT_NAMES as readonly string[]).includes(path)) values.set(path, value);
      else if (isObject(value) && hasKeysBelow(known, key)) spread(value, key);
      else if (known.has(key)) values.set(key, value);
      else if (hasKeysBelow(known, key)) faults.push(`${key} is ${kindOf(value)}; it must be an object`);
      else faults.push(unknownKey(key, known));
    }
  };
  spread(config, '');
  return { values, faults };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasKeysBelow(known: ReadonlySet<string>, key: string): boolean {
  for (const candidate of known) if (candidate.startsWith(`${key}.`)) return true;
  return false;
}

function unknownKey(key: string, known: ReadonlySet<string>): string {
  const parent = key.includes('.') ? key.slice(0, key.lastIndexOf('.') + 1) : '';
  const siblings = new Set(
    [...known, ...FREE_KEYS]
      .filter((candidate) => candidate.startsWith(parent))
      .map((candidate) => parent + candidate.slice(parent.length).split('.')[0]),
  );
  const near = nearestName(key, siblings) ?? nearestName(key, known);
  return `${key} is not a setting${near === undefined ? `; there are: ${[...siblings].join(', ')}` : `; did you mean ${near}?`}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
