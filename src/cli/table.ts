export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Applied to the cell after its width is settled; colours have no width. */
  readonly paint?: (cell: string, row: Row) => string;
}

/** Two blanks between columns. */
const GAP = '  ';

/** Rows under their titles, in columns as wide as they need; no line ends in blanks. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (text: string) => string,
): string[] {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))));
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...cells.map((line) => line[index]!.length)));
  const pad = (text: string, index: number) =>
    columns[index]!.align === 'right'
      ? text.padStart(widths[index]!)
      : index === columns.length - 1
        ? text
        : text.padEnd(widths[index]!);
  return [
    paintTitle(
      columns
        .map(({ title }, index) => pad(title, index))
        .join(GAP)
        .trimEnd(),
    ),
    ...cells.map((line, number) =>
      line
        .map((cell, index) => (columns[index]!.paint ?? plain)(pad(cell, index), rows[number]!))
        .join(GAP)
        .trimEnd(),
    ),
  ];
}

function plain(cell: string): string {
  return cell;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
