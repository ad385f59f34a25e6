import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from '../contract.js';
import type { Machine } from './machine.js';

/** What stays of a benchmark: `results/<name>.json`. */
export interface BenchResult {
  readonly name: string;
  readonly summary: string;
  /** Day of the measurement, `2025-01-31`. */
  readonly date: string;
  readonly seconds: number;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

export async function writeResult(result: BenchResult): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}${result.name}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
}

/** All results there are, sorted by name. */
export async function readResults(): Promise<BenchResult[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).toSorted();
  return await Promise.all(files.map(async (file) => JSON.parse(await readFile(FOLDER + file, 'utf8')) as BenchResult));
}
