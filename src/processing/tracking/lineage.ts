import type { LabelArray } from '../array/nd-array.js';

/** One cell through time, from its first appearance or the division it comes from to its end or its own division. */
export interface Track {
  /** From 1; what the tracked stack holds. */
  readonly label: number;
  /** Frames in which the cell is visible, ascending, from 0. There may be gaps. */
  readonly frames: readonly number[];
  /** Label of the cell that it comes from; null if that is not known. */
  readonly parent: number | null;
  /** Labels of the cells that it divides into, ascending; each of them has this one as its parent. */
  readonly daughters: readonly number[];
  /** First frame of the daughters; null without. */
  readonly frameDiv: number | null;
  /** Whether it is known to end: it divides, or is gone before the last frame. */
  readonly capped: boolean;
}

/** All tracks of a film. */
export interface Tracking {
  /** In ascending order of label. */
  readonly tracks: readonly Track[];
  /** int32 (frames, rows, columns): each cell's pixels hold the label of its track, 0 is background. */
  readonly labels: LabelArray;
}

/**
 * What is wrong with the tracks of a film, one sentence each; none if they fit together. Checked: labels from 1 and each
 * once, frames ascending and within the film, parents and daughters that name each other, a frame of division exactly
 * where there are daughters, and no daughter before it or mother at or after it.
 *
 * @param frameCount frames of the film
 */
export function lineageFaults(tracks: readonly Track[], frameCount: number): string[] {
  const byLabel = new Map(tracks.map((track) => [track.label, track]));
  const faults = tracks.flatMap((track) => [...ownFaults(track, frameCount), ...kinFaults(track, byLabel)]);
  if (byLabel.size < tracks.length) faults.push(`${tracks.length} tracks share ${byLabel.size} labels`);
  return faults;
}

function ownFaults({ label, frames, daughters, frameDiv }: Track, frameCount: number): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(label) || label < 1) faults.push(`label ${label}; whole numbers from 1 are accepted`);
  if (frames.length === 0) faults.push(`track ${label} is in no frame`);
  const wrong = frames.find(
    (frame, i) => !Number.isInteger(frame) || frame < 0 || frame >= frameCount || (i > 0 && frame <= frames[i - 1]!),
  );
  if (wrong !== undefined) {
    faults.push(`track ${label} names frame ${wrong}; ascending whole numbers below ${frameCount} are accepted`);
  }
  if (daughters.length > 0 !== (frameDiv !== null)) {
    faults.push(`track ${label} has ${daughters.length} daughters and frame_div ${frameDiv}`);
  }
  return faults;
}

function kinFaults(track: Track, byLabel: ReadonlyMap<number, Track>): string[] {
  const faults: string[] = [];
  const { label, parent, daughters, frameDiv, frames } = track;
  if (parent !== null && !byLabel.get(parent)?.daughters.includes(label)) {
    faults.push(`track ${label} names ${parent} as its parent, which does not name it as a daughter`);
  }
  for (const daughter of daughters) {
    const other = byLabel.get(daughter);
    if (other?.parent !== label) {
      faults.push(`track ${label} names ${daughter} as a daughter, which does not name it as its parent`);
    } else if (frameDiv !== null && other.frames[0]! < frameDiv) {
      faults.push(`track ${daughter} is there before the division of ${label} in frame ${frameDiv}`);
    }
  }
  if (frameDiv !== null && frames.length > 0 && frames.at(-1)! >= frameDiv) {
    faults.push(`track ${label} is there after its division in frame ${frameDiv}`);
  }
  return faults;
}
