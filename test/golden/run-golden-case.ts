import { KioskError } from '../../src/errors/kiosk-error.js';
import { compareArrays } from './compare-arrays.js';
import { deviations } from './deviations.js';
import type { GoldenCase } from './golden-case.js';
import { goldenFunctions } from './golden-functions.js';

/** Runs one case; the result says what is wrong, or nothing. */
export function runGoldenCase(golden: GoldenCase): string | undefined {
  const run = goldenFunctions[golden.file.function];
  if (!run) return `there is no function ${golden.file.function}; the table is in golden-functions.ts`;
  let results;
  try {
    results = run(golden);
  } catch (error) {
    if (golden.file.raises && isRefusal(error)) return undefined;
    return String(error);
  }
  if (golden.file.raises) return `returned, where the reference raises ${golden.file.raises.type}`;
  for (const name of Object.keys(golden.file.outputs)) {
    if (golden.taken.has(name) || isDeviation(golden.file.function, name)) continue;
    const actual = results[name];
    if (!actual) return `output ${name} is missing`;
    const wrong = compareArrays(actual, golden.output(name), golden.file);
    if (wrong !== undefined) return `output ${name}: ${wrong}`;
  }
  return undefined;
}

/** What a function throws when it refuses its input, as opposed to failing in the middle. */
function isRefusal(error: unknown): boolean {
  return error instanceof RangeError || error instanceof KioskError;
}

function isDeviation(name: string, output: string): boolean {
  return deviations.some((deviation) => deviation.function === name && deviation.output === output);
}
