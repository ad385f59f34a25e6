import type { Deviation } from './deviations.js';
import { deviations } from './deviations.js';
import { readGoldenCases } from './golden-case.js';
import { runGoldenCase } from './run-golden-case.js';

export interface GoldenReport {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs every case of a folder and prints each one that fails, the deliberate deviations of the functions that ran, and at last
 * `N passed, N failed`.
 *
 * @param print takes one line without its end
 */
export function runGolden(folder: string, print: (line: string) => void): GoldenReport {
  let passed = 0;
  let failed = 0;
  const ran = new Set<string>();
  for (const golden of readGoldenCases(folder)) {
    ran.add(golden.file.function);
    const wrong = runGoldenCase(golden);
    if (wrong === undefined) {
      passed += 1;
      continue;
    }
    failed += 1;
    print(`FAILED ${golden.title}: ${wrong}`);
  }
  for (const deviation of deviations) if (ran.has(deviation.function)) print(describe(deviation));
  print(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

function describe(deviation: Deviation): string {
  const what = deviation.output === undefined ? 'pipeline' : `output ${deviation.output} not compared`;
  return `deviation ${deviation.function} (${what}): original: ${deviation.original}; ours: ${deviation.ours}`;
}
