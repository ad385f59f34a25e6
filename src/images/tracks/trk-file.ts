import type { LabelArray } from '../../processing/array/nd-array.js';
import type { Track } from '../../processing/tracking/lineage.js';
import type { NpyArray } from '../npy/read-npy.js';

/** What a .trk or .trks file holds. */
export interface TrkFile {
  /** .trk: (frames, rows, columns, channels); .trks: (films, frames, rows, columns, channels). */
  readonly raw: NpyArray;
  /** int32, the same shape with one channel; 0 is background. */
  readonly tracked: LabelArray;
  /** The tracks of each film; one list in a .trk file. */
  readonly lineages: readonly (readonly Track[])[];
}

/** Members of the archive, as every reader expects them. */
export const TRK_MEMBERS = {
  lineage: 'lineage.json',
  lineages: 'lineages.json',
  raw: 'raw.npy',
  tracked: 'tracked.npy',
} as const;
