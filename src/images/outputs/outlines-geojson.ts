import type { RegionProps } from '../../processing/measure/region-props.js';
import type { PixelSize } from '../tiff/pixel-size.js';
import type { CellOutline, Polygon } from './trace-outlines.js';

export interface OutlinesOptions {
  readonly pixelSize?: PixelSize | undefined;
}

/**
 * The cells as a GeoJSON FeatureCollection that QuPath 0.4 and later takes as detections, in pieces of one cell each: a
 * Polygon, or a MultiPolygon where a cell has several parts, with its measurements.
 *
 * Coordinates are pixels, (0, 0) the upper left corner of the image, y downwards, as QuPath has them. In these numbers
 * outer rings run counter-clockwise and holes clockwise, as RFC 7946 §3.1.6 asks. Lines run along pixel edges.
 *
 * @param outlines one for each of the cells, in the same order
 */
export function* outlinesGeoJson(
  outlines: readonly CellOutline[],
  cells: readonly RegionProps[],
  { pixelSize }: OutlinesOptions = {},
): Generator<string> {
  yield '{"type":"FeatureCollection","features":[';
  for (const [index, outline] of outlines.entries()) {
    yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(featureOf(outline, cells[index]!, pixelSize))}`;
  }
  yield '\n]}\n';
}

function featureOf({ label, polygons }: CellOutline, cell: RegionProps, pixelSize: PixelSize | undefined) {
  const coordinates = polygons.map(coordinatesOf);
  return {
    type: 'Feature',
    geometry:
      coordinates.length === 1
        ? { type: 'Polygon', coordinates: coordinates[0]! }
        : { type: 'MultiPolygon', coordinates },
    properties: { objectType: 'detection', name: String(label), measurements: measurementsOf(cell, pixelSize) },
  };
}

/** Rings as lists of [x, y], closed. */
function coordinatesOf(polygon: Polygon): [number, number][][] {
  return polygon.map((ring) => {
    const corners: [number, number][] = [];
    for (let i = 0; i < ring.length; i += 2) corners.push([ring[i]!, ring[i + 1]!]);
    corners.push([ring[0]!, ring[1]!]);
    return corners;
  });
}

/** By names as QuPath writes them; numbers that JSON cannot hold are left out. */
function measurementsOf(cell: RegionProps, pixelSize: PixelSize | undefined): Record<string, number> {
  const measurements: Record<string, number> = { Label: cell.label, 'Area px^2': cell.area };
  if (pixelSize) measurements['Area µm^2'] = cell.area * pixelSize.x * pixelSize.y;
  measurements['Eccentricity'] = cell.eccentricity;
  for (const [channel, mean] of cell.meanIntensity.entries()) {
    if (Number.isFinite(mean)) measurements[`Channel ${channel}: Mean`] = mean;
  }
  return measurements;
}
