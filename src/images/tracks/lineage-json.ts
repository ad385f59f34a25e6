import type { Track } from '../../processing/tracking/lineage.js';
import { unreadableTracks } from './track-file-error.js';

/** A track as lineage.json has it. */
interface TrackEntry {
  readonly label: number;
  readonly frames: readonly number[];
  readonly daughters: readonly number[];
  readonly capped: boolean;
  readonly frame_div: number | null;
  readonly parent: number | null;
}

/** Text of lineage.json: an object with the tracks under their labels. */
export function encodeLineage(tracks: readonly Track[]): string {
  return JSON.stringify(lineageObject(tracks));
}

/** Text of lineages.json: a list of such objects, one a film. */
export function encodeLineages(films: readonly (readonly Track[])[]): string {
  return JSON.stringify(films.map(lineageObject));
}

/**
 * Reads lineage.json or lineages.json; a lone object is a list of one. Whether the tracks fit together is not checked: see
 * `lineageFaults`.
 *
 * @param file for messages
 * @returns for each film its tracks, in ascending order of label
 * @throws {KioskError} KC_IMAGE_UNREADABLE if it is no lineage
 */
export function parseLineages(file: string, text: string): Track[][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadableTracks(file, 'the lineage is no JSON', error);
  }
  const films: unknown[] = Array.isArray(value) ? value : [value];
  return films.map((film) => {
    if (!isObject(film)) throw unreadableTracks(file, 'the lineage is no object of tracks');
    return Object.entries(film)
      .map(([key, entry]) => trackOf(file, key, entry))
      .toSorted((a, b) => a.label - b.label);
  });
}

function lineageObject(tracks: readonly Track[]): Record<string, TrackEntry> {
  return Object.fromEntries(
    tracks.map(({ label, frames, daughters, capped, frameDiv, parent }) => [
      String(label),
      { label, frames, daughters, capped, frame_div: frameDiv, parent },
    ]),
  );
}

function trackOf(file: string, key: string, entry: unknown): Track {
  const {
    label = Number(key),
    frames,
    daughters = [],
    capped = false,
    frame_div = null,
    parent = null,
  } = isObject(entry) ? entry : {};
  const isSound =
    label === Number(key) &&
    isLabel(label) &&
    isList(frames) &&
    isList(daughters) &&
    typeof capped === 'boolean' &&
    (frame_div === null || isCount(frame_div)) &&
    (parent === null || isLabel(parent));
  if (!isSound) throw unreadableTracks(file, `the lineage has no sound track "${key.slice(0, 20)}"`);
  return { label, frames, parent, daughters, frameDiv: frame_div, capped };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

function isLabel(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
