import { expect, test } from '@jest/globals';
import { cellTableCsv } from '../../src/images/cell-table.js';
import { regionProps } from '../../src/processing/measure/region-props.js';

test('columns have the names that scikit-image gives them', () => {
  const labels = { shape: [2, 3], data: Int32Array.from([0, 4, 4, 2, 2, 0]) };
  const intensity = { shape: [2, 3, 1], data: Float32Array.from([0, 1, 2, 3, 5, 0]) };
  expect(cellTableCsv(regionProps(labels, intensity))).toBe(
    [
      'label,area,centroid-0,centroid-1,bbox-0,bbox-1,bbox-2,bbox-3,intensity_mean,eccentricity',
      '2,2,1,0.5,1,0,2,2,4,1',
      '4,2,0,1.5,0,1,1,3,1.5,1',
      '',
    ].join('\n'),
  );
});

test('several channels have a numbered column each', () => {
  const cell = {
    label: 1,
    area: 1,
    centroid: [0, 0],
    bbox: [0, 0, 1, 1],
    meanIntensity: [0.1, 1e-7],
    eccentricity: 0,
  } as const;
  const [header, row] = cellTableCsv([cell]).split('\n');
  expect(header).toContain('bbox-3,intensity_mean-0,intensity_mean-1,eccentricity');
  expect(row).toBe('1,1,0,0,0,0,1,1,0.1,1e-7,0');
});

test('without cells there is the header alone, with as many intensities as are asked for', () => {
  expect(cellTableCsv([]).split('\n')).toHaveLength(2);
  expect(cellTableCsv([], 2)).toContain('intensity_mean-1');
});
