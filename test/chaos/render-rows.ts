import { formatTable, type Column } from '../../src/cli/table.js';
import type { Row } from './contract.js';
import { isClean } from './run-scenario.js';

const COLUMNS: readonly Column<Row>[] = [
  { title: 'fault', value: ({ fault }) => fault },
  { title: 'jobs', value: ({ jobs }) => String(jobs) },
  { title: 'lost', value: ({ lost }) => String(lost) },
  { title: 'stuck', value: ({ stuck }) => String(stuck) },
  { title: 'published twice', value: ({ publishedTwice }) => String(publishedTwice) },
  { title: 'wrong end', value: ({ wrongEnd }) => String(wrongEnd) },
  { title: 'left over', value: ({ leftOver }) => String(leftOver) },
  { title: 're-run (at most)', value: ({ reRun, reRunBound }) => `${reRun} (${reRunBound})` },
  { title: 'seconds to recover: median, longest', value: ({ recoverSeconds }) => recovery(recoverSeconds) },
  { title: 'seconds', value: ({ seconds }) => seconds.toFixed(0) },
  { title: '', value: (row) => (isClean(row) ? 'clean' : 'WRONG') },
];

/** The table of a run, as text. */
export function renderRows(rows: readonly Row[]): string {
  return formatTable(COLUMNS, rows, (title) => title).join('\n');
}

function recovery(seconds: readonly number[]): string {
  if (seconds.length === 0) return '';
  const sorted = seconds.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]!.toFixed(1)}, ${sorted.at(-1)!.toFixed(1)} (${seconds.length})`;
}
