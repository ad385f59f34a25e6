import type { RegionProps } from '../processing/measure/region-props.js';

/**
 * The cells as CSV, with the column names of scikit-image's `regionprops_table`: one `intensity_mean` column, or
 * `intensity_mean-0`, `intensity_mean-1` … for several channels. Numbers are written so that they read back the same.
 *
 * @param channels how many intensity columns; default as the first cell has. Needed only where there may be no cell
 */
export function cellTableCsv(cells: readonly RegionProps[], channels = cells[0]?.meanIntensity.length ?? 1): string {
  const intensities =
    channels === 1 ? ['intensity_mean'] : Array.from({ length: channels }, (_, channel) => `intensity_mean-${channel}`);
  const header = ['label', 'area', 'centroid-0', 'centroid-1', 'bbox-0', 'bbox-1', 'bbox-2', 'bbox-3'];
  const lines = [[...header, ...intensities, 'eccentricity'].join(',')];
  for (const { label, area, centroid, bbox, meanIntensity, eccentricity } of cells) {
    lines.push([label, area, ...centroid, ...bbox, ...meanIntensity, eccentricity].join(','));
  }
  return `${lines.join('\n')}\n`;
}
