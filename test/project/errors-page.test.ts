import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ERRORS_PAGE, errorsPage } from './generate-errors-page.js';

test('docs/errors.md is what the catalogue makes; run `npx jiti test/project/generate-errors-page.ts --write`', () => {
  expect(readFileSync(ERRORS_PAGE, 'utf8')).toBe(errorsPage());
});
