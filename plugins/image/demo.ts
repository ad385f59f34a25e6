/**
 * `npm run demo`: the sample images through a real `consume` and a real `enqueue`, on the embedded defaults (SQLite, a
 * folder, the bundled model). The table goes to stdout, progress to stderr; exit code 1 if a job failed.
 *
 * Writes into the working directory: results to `demo-output/`; queue and bucket to `.kiosk/demo/`, which is made anew.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KioskError, matchLabels, readImage, type LabelArray } from 'kiosk-consumer';

/** One line of `enqueue --wait --out --json`. */
interface Outcome {
  readonly file: string;
  readonly status: 'done' | 'failed';
  readonly seconds?: number;
  readonly reason?: string;
  readonly results?: { readonly archive: string; readonly cells: number; readonly files: readonly string[] };
}

/** One row of the table. */
interface Row extends Outcome {
  readonly found: number;
  readonly truth: number;
  readonly f1: number;
}

const PACKAGE = fileURLToPath(new URL('.', import.meta.resolve('kiosk-consumer/package.json')));
const BIN = join(PACKAGE, 'bin/kiosk-consumer.js');
const SAMPLES = join(PACKAGE, 'plugins/image/samples');
const STATE = join('.kiosk', 'demo');
const WORKER_LOG = join(STATE, 'worker.log');
const OUTPUT = 'demo-output';
/** Columns of the table that hold numbers. */
const NUMBERS = new Set([1, 2, 3, 4]);

/** Four small images take seconds; a machine that needs longer than this has another problem. */
const PATIENCE_MS = 300_000;
/** How long the worker has to finish after SIGTERM before it is killed. */
const STOP_MS = 15_000;

/** Queue and bucket of this run only, so that nothing of an earlier one is in the way. */
const ENVIRONMENT = {
  ...process.env,
  BROKER_URL: `sqlite:${join(process.cwd(), STATE, 'jobs.db')}`,
  STORAGE_BUCKET: `file:${join(process.cwd(), STATE, 'bucket')}`,
};

async function main(): Promise<number> {
  await rm(STATE, { recursive: true, force: true });
  await mkdir(STATE, { recursive: true });
  const images = (await readdir(SAMPLES)).filter((file) => /(?<!\.mask)\.tif$/u.test(file)).toSorted();
  say(`worker: kiosk-consumer consume --type image (log in ${WORKER_LOG})`);
  const worker = startWorker();
  try {
    say(`enqueue: ${images.join(' ')}`);
    const outcomes = await enqueue(images, worker);
    const failed = outcomes.filter(({ status }) => status !== 'done');
    for (const { file, reason } of failed) say(`${file} failed: ${reason ?? 'no reason was given'}`);
    if (failed.length > 0) return 1;
    if (outcomes.length < images.length) throw new KioskError('KC_JOB_FAILED', 'Not every sample was done.');
    print(await Promise.all(outcomes.map(scoreOutcome)));
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    say(await lastLinesOf(WORKER_LOG));
    return 1;
  } finally {
    await stop(worker);
  }
}

function startWorker(): ChildProcess {
  const worker = spawnBin(['consume', '--type', 'image'], ['ignore', 'ignore', 'pipe']);
  worker.stderr!.pipe(createWriteStream(WORKER_LOG));
  return worker;
}

/** Enqueues the samples and waits for all of them; gives up if the worker ends before. */
async function enqueue(images: readonly string[], worker: ChildProcess): Promise<Outcome[]> {
  const files = images.map((image) => join(SAMPLES, image));
  const client = spawnBin(
    ['enqueue', ...files, '--type', 'image', '--wait', '--out', OUTPUT, '--json'],
    ['ignore', 'pipe', 'inherit'],
  );
  const giveUp = () => void client.kill();
  const timer = setTimeout(giveUp, PATIENCE_MS);
  worker.once('exit', giveUp);
  try {
    let text = '';
    client.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const [code] = (await once(client, 'close')) as [number | null];
    if (code === null) {
      const what =
        worker.exitCode === null ? `nothing came of it in ${PATIENCE_MS / 1000} s` : 'the worker ended before its jobs';
      throw new KioskError('KC_JOB_FAILED', `The demo was given up: ${what}.`);
    }
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Outcome);
  } finally {
    clearTimeout(timer);
    worker.off('exit', giveUp);
  }
}

async function scoreOutcome(outcome: Outcome): Promise<Row> {
  const name = outcome.file.replace(/\.tif$/u, '');
  const truth = await readLabels(join(SAMPLES, `${name}.mask.tif`));
  const match = matchLabels(truth, await readLabels(join(OUTPUT, `${name}_labels.tif`)));
  const hits = match.ious.filter((iou) => iou > 0.5).length;
  const f1 = (2 * hits) / (match.truths + match.predictions);
  return { ...outcome, found: match.predictions, truth: match.truths, f1 };
}

async function readLabels(file: string): Promise<LabelArray> {
  const { shape, data } = await readImage(file);
  return { shape, data: Int32Array.from(data, Number) };
}

function print(rows: readonly Row[]): void {
  const lines = [
    ['image', 'cells found', 'cells true', 'F1 at IoU 0.5', 'seconds', 'result'],
    ...rows.map(({ file, found, truth, f1, seconds, results }) => [
      file,
      String(found),
      String(truth),
      f1.toFixed(3),
      seconds?.toFixed(2) ?? '',
      results === undefined ? '' : shortPath(results.archive),
    ]),
  ];
  const widths = lines[0]!.map((_title, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      NUMBERS.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
  process.stdout.write('\nOutlines over the images, to look at:\n');
  const overlays = rows.flatMap(({ results }) => results?.files.filter((file) => file.endsWith('.png')) ?? []);
  for (const overlay of overlays) process.stdout.write(`  ${shortPath(overlay)}\n`);
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  const timer = setTimeout(() => worker.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}

function spawnBin(args: readonly string[], stdio: ('ignore' | 'pipe' | 'inherit')[]): ChildProcess {
  const config = ['--config', join(PACKAGE, 'kiosk-consumer.config.ts')];
  return spawn(process.execPath, [BIN, ...args, ...config], { stdio, env: ENVIRONMENT });
}

async function lastLinesOf(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n');
  return lines.slice(-10).join('\n');
}

function shortPath(file: string): string {
  return relative(process.cwd(), file);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

process.exitCode = await main();
