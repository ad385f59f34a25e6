/** Shape of one item of a batch: (rows, columns, channels). */
export type ItemShape = readonly [rows: number, columns: number, channels: number];

export interface BatchLimits {
  /** Largest batch for single-channel images of `minModelSize` a side (`TF_MAX_BATCH_SIZE`). */
  readonly maxBatchSize: number;
  /** Pixels a side (`TF_MIN_MODEL_SIZE`). */
  readonly minModelSize: number;
}

/**
 * How many items of this shape go into one predict call: fewer in proportion as they hold more values than the
 * smallest model, always at least one.
 */
export function batchSize([rows, columns, channels]: ItemShape, limits: BatchLimits): number {
  const weight = (rows / limits.minModelSize) * (columns / limits.minModelSize) * channels;
  return Math.max(1, Math.floor(limits.maxBatchSize / weight));
}
