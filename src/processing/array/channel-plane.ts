import type { FloatArray } from './nd-array.js';

/**
 * One channel of one item of a batch, without these two axes. Of a single channel it is a view, to be read only; else a copy.
 *
 * @param maps (batch, …, channels), rank ≥ 3
 * @returns the shape between batch and channels
 * @throws {RangeError} if there is no such item or channel
 */
export function channelPlane(maps: FloatArray, item: number, channel: number): FloatArray {
  const channels = maps.shape.at(-1) ?? 0;
  const shape = maps.shape.slice(1, -1);
  if (!(item >= 0 && item < (maps.shape[0] ?? 0) && channel >= 0 && channel < channels)) {
    throw new RangeError(`channelPlane: item ${item}, channel ${channel} of shape (${maps.shape.join(', ')})`);
  }
  let size = 1;
  for (const length of shape) size *= length;
  if (channels === 1) return { shape, data: maps.data.subarray(item * size, (item + 1) * size) };
  const data = new Float32Array(size);
  for (let pixel = 0, at = item * size * channels + channel; pixel < size; pixel++, at += channels) {
    data[pixel] = maps.data[at]!;
  }
  return { shape, data };
}
