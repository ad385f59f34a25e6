import type { Track, Tracking } from '../../processing/tracking/lineage.js';
import { unreadableTracks } from './track-file-error.js';

/** One line of `res_track.txt`: a label, its first and last frame, and the label it comes from, 0 for none. */
interface CtcLine {
  readonly label: number;
  readonly first: number;
  readonly last: number;
  readonly parent: number;
}

/** A tracking as the Cell Tracking Challenge wants it. */
export interface CtcTracking {
  /** `res_track.txt`: a line `L B E P` for each label. */
  readonly text: string;
  /** int32 (frames, rows, columns); in that format a label has no gaps. */
  readonly labels: Tracking['labels'];
}

/**
 * Turns a tracking into the Cell Tracking Challenge's form. There a track is in each frame from its first to its last: what
 * comes after a gap gets a label of its own, above all others, with the part before as its parent.
 */
export function toCtc({ tracks, labels }: Tracking): CtcTracking {
  const { lines, later } = ctcLines(tracks);
  const text = lines.map(({ label, first, last, parent }) => `${label} ${first} ${last} ${parent}\n`).join('');
  if (later.size === 0) return { text, labels };
  const data = labels.data.slice();
  const size = data.length / Math.max(labels.shape[0]!, 1);
  for (let i = 0; i < data.length; i++) {
    const parts = data[i]! > 0 ? later.get(data[i]!) : undefined;
    const part = parts?.findLast(({ first }) => first <= Math.floor(i / size));
    if (part) data[i] = part.label;
  }
  return { text, labels: { shape: labels.shape, data } };
}

/** Also which parts of each track, by their first frames, have labels of their own. */
function ctcLines(tracks: readonly Track[]): { lines: CtcLine[]; later: Map<number, CtcLine[]> } {
  let greatest = tracks.reduce((most, { label }) => Math.max(most, label), 0);
  const lastPart = new Map<number, number>();
  const later = new Map<number, CtcLine[]>();
  const parts = tracks.map((track) => {
    const lines: CtcLine[] = [];
    for (const [i, frame] of track.frames.entries()) {
      const open = lines.at(-1);
      if (open && track.frames[i - 1] === frame - 1) lines[lines.length - 1] = { ...open, last: frame };
      else lines.push({ label: open ? ++greatest : track.label, first: frame, last: frame, parent: open?.label ?? 0 });
    }
    if (lines.length > 1) later.set(track.label, lines.slice(1));
    lastPart.set(track.label, lines.at(-1)?.label ?? track.label);
    return lines;
  });
  const lines = parts.flatMap((own, i) => {
    const { parent } = tracks[i]!;
    return own.map((line, part) =>
      part === 0 && parent !== null ? { ...line, parent: lastPart.get(parent) ?? 0 } : line,
    );
  });
  return { lines: lines.toSorted((a, b) => a.label - b.label), later };
}

/**
 * Reads `res_track.txt` or `man_track.txt`. Tracks are taken to be in every frame from first to last.
 *
 * @param file for messages
 * @throws {KioskError} KC_IMAGE_UNREADABLE for a line that is not four whole numbers that make sense
 */
export function parseCtc(file: string, text: string): Track[] {
  const lines = text
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== '')
    .map((line) => parseLine(file, line));
  const last = lines.reduce((most, line) => Math.max(most, line.last), 0);
  return lines
    .map(({ label, first, last: end, parent }) => {
      const born = lines.filter((line) => line.parent === label);
      return {
        label,
        frames: Array.from({ length: end - first + 1 }, (_, i) => first + i),
        parent: parent === 0 ? null : parent,
        daughters: born.map((line) => line.label).toSorted((a, b) => a - b),
        frameDiv: born.length > 0 ? Math.min(...born.map((line) => line.first)) : null,
        capped: born.length > 0 || end < last,
      };
    })
    .toSorted((a, b) => a.label - b.label);
}

/** More frames than any film has; it bounds the lists of frames. */
const MAX_FRAMES = 100_000;

function parseLine(file: string, line: string): CtcLine {
  const words = line.trim().split(/\s+/u);
  const [label = 0, first = 0, last = 0, parent = 0] = words.map(Number);
  const isSound =
    words.length === 4 &&
    words.every((word) => /^\d{1,9}$/u.test(word)) &&
    label > 0 &&
    first <= last &&
    last < MAX_FRAMES;
  if (!isSound)
    throw unreadableTracks(file, `the line "${line.slice(0, 60)}" is not a label, first and last frame, and parent`);
  return { label, first, last, parent };
}
