/** What one row of the table shows; the measurements of {@link regionProps} fit it. */
export interface CellRow {
  readonly label: number;
  /** Pixels. */
  readonly area: number;
  readonly centroid: readonly [row: number, column: number];
  /** Half open. */
  readonly bbox: readonly [minRow: number, minColumn: number, maxRow: number, maxColumn: number];
  /** One mean per channel. */
  readonly meanIntensity: readonly number[];
  readonly eccentricity: number;
}

/**
 * The cells as CSV, with the column names of scikit-image's `regionprops_table`: one `intensity_mean` column, or
 * `intensity_mean-0`, `intensity_mean-1` … for several channels. Numbers are written so that they read back the same.
 *
 * @param channels how many intensity columns; default as the first cell has. Needed only where there may be no cell
 */
export function cellTableCsv(cells: readonly CellRow[], channels = cells[0]?.meanIntensity.length ?? 1): string {
  const intensities =
    channels === 1 ? ['intensity_mean'] : Array.from({ length: channels }, (_, channel) => `intensity_mean-${channel}`);
  const header = ['label', 'area', 'centroid-0', 'centroid-1', 'bbox-0', 'bbox-1', 'bbox-2', 'bbox-3'];
  const lines = [[...header, ...intensities, 'eccentricity'].join(',')];
  for (const { label, area, centroid, bbox, meanIntensity, eccentricity } of cells) {
    lines.push([label, area, ...centroid, ...bbox, ...meanIntensity, eccentricity].join(','));
  }
  return `${lines.join('\n')}\n`;
}
