import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readGoldenCases } from './golden-case.js';
import { runGoldenCase } from './run-golden-case.js';

const cases = readGoldenCases(fileURLToPath(new URL('../fixtures/golden', import.meta.url)));

describe('agrees with the reference implementation', () => {
  test.each(cases.map((golden) => [golden.title, golden] as const))('%s', (_, golden) => {
    expect(runGoldenCase(golden)).toBeUndefined();
  });
});
