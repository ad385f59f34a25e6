/**
 * Measures the built program: `npm run bench [-- NAME…] [--check]`.
 *
 * Benchmarks run one after the other. Each is one file under `benches/`, checks what it computes, and leaves its figures
 * in `results/<name>.json`, from which `generate-page.ts` makes `docs/benchmarks.md`. Exit code 1 if a benchmark fails or
 * computes something wrong; with `--check` also if a goal is missed.
 */
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { BenchContext, Benchmark, Row } from './contract.js';
import { writePage } from './generate-page.js';
import { describeMachine } from './support/machine.js';
import { meetsGoal, renderText } from './support/render.js';
import { writeResult } from './support/results.js';

/** In the order in which they run. */
const BENCHMARKS: readonly (() => Promise<Benchmark>)[] = [
  async () => (await import('./benches/reference-job.js')).referenceJob,
  async () => (await import('./benches/tensor-codec.js')).tensorCodec,
  async () => (await import('./benches/kernels.js')).kernels,
  async () => (await import('./benches/assignment.js')).assignment,
  async () => (await import('./benches/tiff.js')).tiff,
  async () => (await import('./benches/start.js')).start,
  async () => (await import('./benches/idle.js')).idle,
  async () => (await import('./benches/wake-up.js')).wakeUp,
  async () => (await import('./benches/event-loop.js')).eventLoop,
  async () => (await import('./benches/zip.js')).zip,
];

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const all = await Promise.all(BENCHMARKS.map((load) => load()));
  const unknown = positionals.filter((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is called ${unknown.join(', ')}; there are:\n`);
    for (const { name, summary } of all) process.stderr.write(`  ${name.padEnd(15)} ${summary}\n`);
    return 2;
  }
  const rows: Row[] = [];
  let failed = false;
  for (const benchmark of all) {
    if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
    try {
      rows.push(...(await measure(benchmark)));
    } catch (error) {
      failed = true;
      process.stderr.write(`${benchmark.name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
  await writePage();
  process.stdout.write(`${renderText(rows)}\n`);
  const missed = rows.some((row) => meetsGoal(row) === false);
  return failed || (values.check && missed) ? 1 : 0;
}

async function measure(benchmark: Benchmark): Promise<Row[]> {
  const startedAt = performance.now();
  const folder = await temporaryFolder();
  const releases: (() => unknown)[] = [() => folder.remove()];
  const context: BenchContext = {
    folder: folder.path,
    own: (resource, release) => (releases.push(() => release(resource)), resource),
    progress: (text) => void process.stderr.write(`${benchmark.name}: ${text}\n`),
  };
  try {
    const rows = await benchmark.run(context);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const { name, summary } = benchmark;
    await writeResult({
      name,
      summary,
      date: new Date().toISOString().slice(0, 10),
      seconds,
      machine: describeMachine(),
      rows,
    });
    return rows.map((row) => ({ ...row, name: `${name}: ${row.name}` }));
  } finally {
    for (const release of releases.toReversed()) await release();
  }
}
