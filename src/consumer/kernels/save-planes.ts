import { writeTiff } from '../../images/tiff/write.js';
import { sizeOf, type NdArray } from '../../processing/array/nd-array.js';
import type { ResultFile } from '../image-model-consumer.js';

export interface SaveRequest {
  /** Each (batch, rows, columns, channels). */
  readonly results: readonly NdArray[];
  /**
   * `stack`: one file a channel, shape (batch, rows, columns), as the consumers of 2020 wrote them.
   * `planes`: one file for each batch item and channel, shape (rows, columns), as those of 2023.
   */
  readonly layout: 'stack' | 'planes';
  /** First number of `feature_<c>`. */
  readonly firstFeature: number;
  readonly folder: string;
}

export interface SavedFile extends ResultFile {
  /** The `<c>` of `_feature_<c>.tif`. */
  readonly feature: number;
}

/** Thread: label planes to float32 TIFF files. Channels of several results are numbered on, so that no name comes twice. */
export default async function savePlanes(request: SaveRequest): Promise<SavedFile[]> {
  const saved: SavedFile[] = [];
  let feature = request.firstFeature;
  for (const result of request.results) {
    for (let channel = 0; channel < result.shape[3]!; channel++, feature++) {
      const stack = channelOf(result, channel);
      for (const { suffix, plane } of planesOf(stack, feature, request.layout)) {
        const file = `${request.folder}/result${suffix}`;
        await writeTiff(file, plane, { compression: 'deflate' });
        saved.push({ suffix, feature, file });
      }
    }
  }
  return saved;
}

function planesOf(stack: NdArray<Float32Array>, feature: number, layout: SaveRequest['layout']) {
  if (layout === 'stack') return [{ suffix: `_feature_${feature}.tif`, plane: stack }];
  const [batch, rows, columns] = stack.shape as [number, number, number];
  return Array.from({ length: batch }, (_, item) => ({
    suffix: `_batch_${item}_feature_${feature}.tif`,
    plane: { shape: [rows, columns], data: stack.data.subarray(item * rows * columns, (item + 1) * rows * columns) },
  }));
}

/** One channel as float32 (batch, rows, columns): the Kiosk's archives hold float32 whatever they mean. */
function channelOf(result: NdArray, channel: number): NdArray<Float32Array> {
  const shape = result.shape.slice(0, 3);
  const channels = result.shape[3]!;
  // The engine's own conversion is several times faster than a loop; it does not take 64-bit integers.
  if (channels === 1 && typeof result.data[0] !== 'bigint') {
    return { shape, data: new Float32Array(result.data as ArrayLike<number>) };
  }
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0, j = channel; i < data.length; i++, j += channels) data[i] = Number(result.data[j]!);
  return { shape, data };
}
