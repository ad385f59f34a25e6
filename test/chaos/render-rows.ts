import type { Row } from './contract.js';
import { isClean } from './run-scenario.js';

const HEAD = [
  'fault',
  'jobs',
  'lost',
  'stuck',
  'published twice',
  'wrong end',
  'left over',
  're-run (at most)',
  'seconds to recover: median, longest',
  'seconds',
  '',
];

/** The table of a run, as text. */
export function renderRows(rows: readonly Row[]): string {
  const lines = [
    HEAD,
    ...rows.map((row) => [
      row.fault,
      ...[row.jobs, row.lost, row.stuck, row.publishedTwice, row.wrongEnd, row.leftOver].map(String),
      `${row.reRun} (${row.reRunBound})`,
      recovery(row.recoverSeconds),
      row.seconds.toFixed(0),
      isClean(row) ? 'clean' : 'WRONG',
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function recovery(seconds: readonly number[]): string {
  if (seconds.length === 0) return '';
  const sorted = seconds.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]!.toFixed(1)}, ${sorted.at(-1)!.toFixed(1)} (${seconds.length})`;
}
