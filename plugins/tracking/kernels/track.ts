import { trackCells, type LabelArray, type TrackOptions, type Tracking } from 'kiosk-consumer';

export interface TrackRequest {
  /** int32 (frames, rows, columns): the cells of each frame, numbered in any way. */
  readonly labels: LabelArray;
  /** (frames, rows, columns) or (frames, rows, columns, 1), any numeric dtype. */
  readonly raw: Parameters<typeof trackCells>[1];
  readonly options?: TrackOptions;
}

/** Thread: labels of single frames to tracks and a stack of their labels. */
export default function track({ labels, raw, options }: TrackRequest): Tracking {
  return trackCells(labels, raw, options);
}
