/**
 * `npm run evaluate -- DIR [--json]`: scores a folder of `NAME.tif` + `NAME.mask.tif` through the whole consumer, as
 * `kiosk-consumer run` does it, with the model that the settings name (the bundled one by default).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluate, renderEvaluation, truePairs } from './evaluation.js';

const BIN = fileURLToPath(new URL('../../bin/kiosk-consumer.js', import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) {
    process.stderr.write('usage: npm run evaluate -- DIR [--json]\nDIR holds NAME.tif and NAME.mask.tif\n');
    return 2;
  }
  const pairs = await truePairs(folder);
  if (pairs.length === 0) {
    process.stderr.write(`${folder}: no NAME.mask.tif in it\n`);
    return 2;
  }
  const out = await mkdtemp(join(tmpdir(), 'kiosk-consumer-evaluate-'));
  try {
    const code = await runConsumer(
      pairs.map(({ image }) => image),
      out,
    );
    if (code !== 0) return code;
    const evaluation = await evaluate(pairs, ({ name }) => join(out, `${name}_labels.tif`));
    process.stdout.write(`${values.json ? JSON.stringify(evaluation) : renderEvaluation(evaluation)}\n`);
    return 0;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** The consumer in a process of its own; what it says goes to stderr, so that stdout holds the scores only. */
async function runConsumer(images: readonly string[], out: string): Promise<number> {
  const args = [BIN, 'run', ...images, '--type', 'image', '--out', out];
  const child = spawn(process.execPath, args, { stdio: ['ignore', process.stderr, process.stderr] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
