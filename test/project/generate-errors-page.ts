/**
 * Makes `docs/errors.md` from the catalogue of error codes: `npx jiti test/project/generate-errors-page.ts --write`.
 * Without `--write` it writes nothing; `errors-page.test.ts` holds the page to the catalogue.
 */
import { writeFileSync } from 'node:fs';
import { ERROR_CODES } from '../../src/errors/codes.js';

export const ERRORS_PAGE = new URL('../../docs/errors.md', import.meta.url);

const HEAD = `# Errors

<!-- Generated from src/errors/codes.ts by test/project/generate-errors-page.ts; change it there. -->

Every error has a code that keeps its meaning. On the command line it is told as

\`\`\`text
error KC_TYPE_UNKNOWN  No plugin offers the type "imge".
  there are: image, segmentation, mesmer, multiplex, spot
  try  did you mean image? Else add its plugin to "plugins" in the config file
  see  docs/plugins.md
\`\`\`

and with \`--json\` as one object on stderr: \`{ "error": { "code", "message", "details", "hint", "see", "causes", "exit" } }\`.
\`--verbose\` or \`LOG_LEVEL=debug\` adds where it came from.

A job that fails has a \`reason\` whose last line is \`Class: message\`, the class being the one below; the lines above it tell
stage, attempt and cause.

Exit codes: 0 done, 1 a job failed, 2 usage or configuration, 3 a service could not be reached, 70 our own fault, 130 and
143 stopped by SIGINT and SIGTERM.

| code | class in a job's \`reason\` | exit code | when |
| --- | --- | --- | --- |
`;

/** The whole page. */
export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { exit, reasonClass, when }]) => `| \`${code}\` | \`${reasonClass}\` | ${exit} | ${when} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}

if (process.argv.includes('--write')) writeFileSync(ERRORS_PAGE, errorsPage());
