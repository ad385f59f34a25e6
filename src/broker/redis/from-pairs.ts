import type { JobFields } from '../contract.js';

/** Fields from a flat list of names and values; any name is safe, `__proto__` too. */
export function fromPairs(flat: readonly string[]): JobFields {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(pairs);
}
