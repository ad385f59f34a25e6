import { label } from '../measure/label.js';
import type { PointList, SpotMaps } from './point-list.js';
import { checkMaps, probabilityPlane, toPointList } from './point-list.js';

export interface PointListComponentsOptions {
  /** Pixels more probable than this belong to a spot. Default 0.95. */
  readonly threshold?: number;
}

/**
 * Each connected part (8 neighbours) above the threshold is one spot, at the mean of the positions that its pixels point
 * to. Source: deepcell-spots 0.4 `y_annotations_to_point_list_cc`.
 *
 * @returns one list for each image of the batch, in raster order of the parts' first pixels
 * @throws {RangeError} if the maps do not fit each other
 */
export function pointListComponents(maps: SpotMaps, options: PointListComponentsOptions = {}): PointList[] {
  const { threshold = 0.95 } = options;
  const { batches, rows, columns, size } = checkMaps('pointListComponents', maps);
  return Array.from({ length: batches }, (_, batch) => {
    const mask = Uint8Array.from(probabilityPlane(maps, batch), (p) => (p > threshold ? 1 : 0));
    const { labels, count } = label({ shape: [rows, columns], data: mask });
    const sums = new Float64Array(2 * count);
    const areas = new Float64Array(count);
    for (let pixel = 0; pixel < size; pixel++) {
      const object = labels.data[pixel]! - 1;
      if (object < 0) continue;
      const offset = 2 * (batch * size + pixel);
      areas[object]! += 1;
      sums[2 * object]! += Math.floor(pixel / columns) + maps.offsets.data[offset]!;
      sums[2 * object + 1]! += (pixel % columns) + maps.offsets.data[offset + 1]!;
    }
    return toPointList(Array.from(sums, (sum, i) => sum / areas[i >> 1]!));
  });
}
