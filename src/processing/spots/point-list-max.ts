import { peakLocalMax } from '../morphology/local-maxima.js';
import type { PointList, SpotMaps } from './point-list.js';
import { checkMaps, probabilityPlane, toPointList } from './point-list.js';

export interface PointListMaxOptions {
  /** Spots are more probable than this. Default 0.95. */
  readonly threshold?: number;
  /** Spots are at least this many pixels apart, and as far from the border. Default 2. */
  readonly minDistance?: number;
}

/**
 * Local maxima of the probability are spots, moved by their offsets; the most probable first. None lies within
 * `minDistance` of the image's border. Source: deepcell-spots 0.4 `y_annotations_to_point_list_max`.
 *
 * @returns one list for each image of the batch
 * @throws {RangeError} if the maps do not fit each other
 */
export function pointListMax(maps: SpotMaps, options: PointListMaxOptions = {}): PointList[] {
  const { threshold = 0.95, minDistance = 2 } = options;
  const { batches, rows, columns, size } = checkMaps('pointListMax', maps);
  return Array.from({ length: batches }, (_, batch) => {
    const plane = { shape: [rows, columns], data: probabilityPlane(maps, batch) };
    const peaks = peakLocalMax(plane, { minDistance, thresholdAbs: threshold, excludeBorder: true });
    const points: number[] = [];
    for (let i = 0; i < peaks.data.length; i += 2) {
      const row = peaks.data[i]!;
      const column = peaks.data[i + 1]!;
      const offset = 2 * (batch * size + row * columns + column);
      points.push(row + maps.offsets.data[offset]!, column + maps.offsets.data[offset + 1]!);
    }
    return toPointList(points);
  });
}
