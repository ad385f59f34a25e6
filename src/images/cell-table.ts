import type { RegionProps } from '../processing/measure/region-props.js';

/** The same cells, measured in every channel of the file. */
export interface EveryChannel {
  /** In the order of the others. */
  readonly cells: readonly RegionProps[];
  /** How many channels there are. */
  readonly count: number;
}

/**
 * The cells as CSV, with the column names of scikit-image's `regionprops_table`: one `intensity_mean` column, or
 * `intensity_mean-0`, `intensity_mean-1` … for several channels. Numbers are written so that they read back the same.
 *
 * @param channels how many intensity columns; default as the first cell has. Needed only where there may be no cell
 * @param every    for jobs that used some channels only: adds a column `channel_mean-<c>` for each channel of the file
 */
export function cellTableCsv(
  cells: readonly RegionProps[],
  channels = cells[0]?.meanIntensity.length ?? 1,
  every?: EveryChannel,
): string {
  const intensities = channels === 1 ? ['intensity_mean'] : numbered('intensity_mean', channels);
  const header = ['label', 'area', 'centroid-0', 'centroid-1', 'bbox-0', 'bbox-1', 'bbox-2', 'bbox-3'];
  const lines = [[...header, ...intensities, 'eccentricity', ...numbered('channel_mean', every?.count ?? 0)].join(',')];
  for (const [index, cell] of cells.entries()) {
    const { label, area, centroid, bbox, meanIntensity, eccentricity } = cell;
    const further = every?.cells[index]?.meanIntensity ?? [];
    lines.push([label, area, ...centroid, ...bbox, ...meanIntensity, eccentricity, ...further].join(','));
  }
  return `${lines.join('\n')}\n`;
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
