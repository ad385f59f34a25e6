/**
 * Hurts real deployments and recounts what became of their jobs: `npm run chaos [-- NAME…] [--short] [--seed N]`.
 *
 * Prints one table; exit code 1 if anything was lost, stuck, published twice, left over, or re-run more often than the
 * trouble accounts for. Logs of such runs stay in the working directory.
 */
import { parseArgs } from 'node:util';
import type { Row } from './contract.js';
import { renderRows } from './render-rows.js';
import { isClean, runScenario } from './run-scenario.js';
import { SCENARIOS } from './scenarios.js';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const unknown = positionals.filter((wanted) => !SCENARIOS.some(({ name }) => name === wanted));
  if (unknown.length > 0 || !Number.isInteger(seed)) {
    process.stderr.write(`usage: npm run chaos [-- NAME…] [--short] [--seed N]; there are:\n`);
    for (const { name, fault } of SCENARIOS) process.stderr.write(`  ${name.padEnd(15)} ${fault}\n`);
    return 2;
  }
  process.stderr.write(`seed ${seed}\n`);
  const rows: Row[] = [];
  for (const scenario of SCENARIOS) {
    const wanted =
      positionals.length > 0 ? positionals.includes(scenario.name) : !values.short || scenario.short === true;
    if (!wanted) continue;
    process.stderr.write(`${scenario.name}: ${scenario.fault}\n`);
    const row = await runScenario(scenario, { seed, logFolder: '.' });
    for (const remark of row.remarks.slice(0, 20)) process.stderr.write(`  ${remark}\n`);
    rows.push(row);
  }
  process.stdout.write(`${renderRows(rows)}\n`);
  return rows.every(isClean) ? 0 : 1;
}
