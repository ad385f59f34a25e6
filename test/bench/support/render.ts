import type { Goal, Row } from '../contract.js';
import type { Spread } from './spread.js';

export const COLUMNS = ['what', 'median', 'min – max', 'unit', 'peer', "peer's median", 'cost ÷ peer', 'goal'] as const;

/** A row as the cells of {@link COLUMNS}. */
export function cellsOf(row: Row): string[] {
  return [
    row.name,
    number(row.value.median),
    row.value.runs > 1 ? range(row.value) : '',
    row.unit,
    row.peer?.name ?? '',
    row.peer ? number(row.peer.value.median) : '',
    row.ratio ? `${ratio(row.ratio.median)} (${ratio(row.ratio.min)} – ${ratio(row.ratio.max)})` : '',
    goalText(row),
  ];
}

/** Whether the goal is reached; undefined without a goal. */
export function meetsGoal({ goal, value, ratio: cost }: Row): boolean | undefined {
  if (!goal) return undefined;
  const found = goal.of === 'ratio' ? cost?.median : value.median;
  if (found === undefined) return false;
  return 'atMost' in goal ? found <= goal.atMost : found >= goal.atLeast;
}

/** Rows as aligned text, numbers to the right. */
export function renderText(rows: readonly Row[]): string {
  const lines = [[...COLUMNS], ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Rows as a table in Markdown. */
export function renderMarkdown(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = COLUMNS.map((_, column) => (isText(column) ? '---' : '---:'));
  return [line(COLUMNS), line(rule), ...rows.map((row) => line(cellsOf(row)))].join('\n');
}

/** What, unit, peer and goal are words. */
function isText(column: number): boolean {
  return [0, 3, 4, 7].includes(column);
}

function goalText(row: Row): string {
  if (!row.goal) return '';
  return `${wanted(row.goal)}: ${meetsGoal(row) ? 'met' : 'MISSED'}`;
}

function wanted(goal: Goal): string {
  const times = goal.of === 'ratio' ? '×' : '';
  return 'atMost' in goal ? `≤ ${ratio(goal.atMost)}${times}` : `≥ ${ratio(goal.atLeast)}${times}`;
}

function range({ min, max }: Spread): string {
  return `${number(min)} – ${number(max)}`;
}

/** Three digits are as many as one can trust. */
function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

function ratio(value: number): string {
  return String(Number(value.toPrecision(value < 0.1 ? 1 : 2)));
}
