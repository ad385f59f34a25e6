import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runGolden } from './golden-runner.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const [folder = fileURLToPath(new URL('../fixtures/golden', import.meta.url)), ...rest] = process.argv.slice(2);
if (rest.length > 0 || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  process.stderr.write(`usage: npm run golden -- [FOLDER]; ${folder} is not a folder of golden cases\n`);
  process.exitCode = EXIT_USAGE;
} else {
  const { passed, failed } = runGolden(folder, (line) => process.stdout.write(`${line}\n`));
  if (failed > 0 || passed === 0) process.exitCode = EXIT_FAILED;
}
