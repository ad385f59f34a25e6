import { relative } from 'node:path';
import type { CommandContext } from './command-context.js';
import type { WrittenResults } from './result-folder.js';

/** How the job of one file ended, for `run` and `enqueue --wait`. */
export interface FileOutcome {
  readonly file: string;
  /** Absent for `run`, whose jobs nobody else sees. */
  readonly hash?: string;
  readonly status: 'done' | 'failed';
  readonly seconds?: number;
  readonly output?: string;
  readonly results?: WrittenResults;
  /** The last line of the reason. */
  readonly reason?: string;
}

/** One object a line with `--json`, else a table; the reasons of failures below it, as messages. */
export function printOutcomes({ output, json, io }: CommandContext, outcomes: readonly FileOutcome[]): void {
  if (json) {
    for (const outcome of outcomes) output.json(outcome);
    return;
  }
  const where = ({ results, output: url }: FileOutcome) => (results ? relative(io.cwd, results.archive) : (url ?? ''));
  output.table(
    [
      { title: 'FILE', value: (row: FileOutcome) => row.file },
      { title: 'STATUS', value: (row: FileOutcome) => row.status },
      { title: 'CELLS', value: (row: FileOutcome) => String(row.results?.cells ?? ''), align: 'right' },
      { title: 'SECONDS', value: (row: FileOutcome) => row.seconds?.toFixed(2) ?? '', align: 'right' },
      { title: 'RESULT', value: where },
    ],
    outcomes,
  );
  for (const { file, reason } of outcomes) {
    if (reason !== undefined) output.message(`${file}: ${reason}`);
  }
}
