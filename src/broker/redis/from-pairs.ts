import type { JobFields } from '../contract.js';

/** Fields from a flat list of names and values; any name is safe, `__proto__` too. */
export function fromPairs(flat: readonly string[]): JobFields {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(pairs);
}

/** Fields from names and the values that a hash has for them; null where it has none. */
export function presentFields(names: readonly string[], values: readonly (string | null | undefined)[]): JobFields {
  return fromPairs(names.flatMap((name, i) => (typeof values[i] === 'string' ? [name, values[i]] : [])));
}
