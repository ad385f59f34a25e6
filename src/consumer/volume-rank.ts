/** Axes of a volume, as models take it: batch, planes, rows, columns, channels. */
export const VOLUME_RANK = 5;
