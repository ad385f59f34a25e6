import type { LabelArray } from '../array/nd-array.js';
import type { Track, Tracking } from './lineage.js';
import type { Links } from './link-segments.js';
import type { FilmCells } from './measure-cells.js';

/**
 * Makes tracks of linked cells and writes their labels into a new stack. Tracks are numbered from 1 in the order of their
 * first frames, within a frame by the label that was given.
 *
 * @param labels int32 (frames, rows, columns), as measured
 */
export function buildTracks(labels: LabelArray, film: FilmCells, links: Links): Tracking {
  const trackOf = numberTracks(film, links);
  return { tracks: describeTracks(film, links, trackOf), labels: relabel(labels, film, trackOf) };
}

/** The label of the track of each cell. */
function numberTracks({ cells }: FilmCells, { next, second }: Links): Int32Array {
  const before = new Int32Array(cells.length).fill(-1);
  for (let cell = 0; cell < cells.length; cell++) {
    // A division ends the track.
    if (second[cell]! < 0 && next[cell]! >= 0) before[next[cell]!] = cell;
  }
  const trackOf = new Int32Array(cells.length);
  let tracks = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    trackOf[cell] = before[cell]! < 0 ? ++tracks : trackOf[before[cell]!]!;
  }
  return trackOf;
}

function describeTracks({ cells, start }: FilmCells, { next, second }: Links, trackOf: Int32Array): Track[] {
  const lastFrame = start.length - 2;
  const frames: number[][] = [];
  const parents = new Map<number, number>();
  const divisions = new Map<number, Pick<Track, 'daughters' | 'frameDiv'>>();
  for (const [cell, { frame }] of cells.entries()) {
    const label = trackOf[cell]!;
    (frames[label - 1] ??= []).push(frame);
    if (second[cell]! < 0) continue;
    const born = [next[cell]!, second[cell]!];
    const daughters = born.map((daughter) => trackOf[daughter]!).toSorted((a, b) => a - b);
    for (const daughter of daughters) parents.set(daughter, label);
    divisions.set(label, { daughters, frameDiv: Math.min(...born.map((daughter) => cells[daughter]!.frame)) });
  }
  return frames.map((seen, i) => {
    const { daughters = [], frameDiv = null } = divisions.get(i + 1) ?? {};
    const capped = daughters.length > 0 || seen.at(-1)! < lastFrame;
    return { label: i + 1, frames: seen, parent: parents.get(i + 1) ?? null, daughters, frameDiv, capped };
  });
}

function relabel({ shape, data }: LabelArray, { cells, start }: FilmCells, trackOf: Int32Array): LabelArray {
  const tracked = new Int32Array(data.length);
  const size = data.length / (start.length - 1);
  for (let frame = 0; frame + 1 < start.length; frame++) {
    const tracks = new Map<number, number>();
    for (let cell = start[frame]!; cell < start[frame + 1]!; cell++) tracks.set(cells[cell]!.label, trackOf[cell]!);
    let label = 0;
    let track = 0;
    for (let i = frame * size; i < (frame + 1) * size; i++) {
      if (data[i]! < 1) continue;
      if (data[i] !== label) {
        label = data[i]!;
        track = tracks.get(label)!;
      }
      tracked[i] = track;
    }
  }
  return { shape, data: tracked };
}
