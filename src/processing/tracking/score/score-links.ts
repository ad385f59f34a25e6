import type { Track, Tracking } from '../lineage.js';
import { matchCells, singleTruths, type CellMatch } from './match-cells.js';

/** How many true links and divisions a tracking has. */
export interface LinkScore {
  /**
   * True links: each two sightings of one cell that follow each other. Right if the result has the same link, and its cells
   * stand for no others.
   */
  readonly links: { readonly total: number; readonly right: number };
  /** Links of the result between cells that both are true ones, and those of them that are true. */
  readonly resultLinks: { readonly total: number; readonly right: number };
  /** True divisions, and those in which mother and daughters of the result are the true ones. */
  readonly divisions: { readonly total: number; readonly found: number };
  /** Divisions of the result that belong to no true one. */
  readonly falseDivisions: number;
}

export interface LinkScoreOptions {
  /** Frames by which a division may be found early or late. Default 1. */
  readonly divisionToleranceFrames?: number;
}

/**
 * Compares the tracks of a film with the true ones: how many links from sighting to sighting are right, how many divisions.
 *
 * @throws {RangeError} if the stacks have different shapes
 */
export function scoreLinks(truth: Tracking, result: Tracking, options: LinkScoreOptions = {}): LinkScore {
  const match = matchCells(truth.labels, result.labels);
  const trueLinks = new Set(linksOf(truth.tracks).map(textOf));
  const back = singleTruths(match);
  const between = linksOf(result.tracks).flatMap(({ label, from, to }) => {
    const [before, after] = [back[from]!.get(label), back[to]!.get(label)];
    return before === undefined || after === undefined ? [] : [{ before, after, from, to }];
  });
  const same = between.filter(({ before, after }) => before === after);
  const right = same.filter(({ before, from, to }) => trueLinks.has(textOf({ label: before, from, to })));
  const tolerance = options.divisionToleranceFrames ?? 1;
  const divided = truth.tracks.filter(({ daughters }) => daughters.length > 1);
  const pairs = divided.map((mother) => findDivision(mother, truth.tracks, result.tracks, match, tolerance));
  const foundMothers = new Set(pairs.filter((label) => label !== undefined));
  const resultDivisions = result.tracks.filter(({ daughters }) => daughters.length > 1).length;
  return {
    links: { total: trueLinks.size, right: right.length },
    resultLinks: { total: between.length, right: same.length },
    divisions: { total: divided.length, found: foundMothers.size },
    falseDivisions: resultDivisions - foundMothers.size,
  };
}

/** A cell in two frames; neither is between them in which it is seen. */
interface Link {
  readonly label: number;
  readonly from: number;
  readonly to: number;
}

function linksOf(tracks: readonly Track[]): Link[] {
  return tracks.flatMap(({ label, frames }) => frames.slice(1).map((to, i) => ({ label, from: frames[i]!, to })));
}

function textOf({ label, from, to }: Link): string {
  return `${label} ${from} ${to}`;
}

/** The label of the mother in the result: it is there where the true one is, and so are its daughters, at about that time. */
function findDivision(
  mother: Track,
  truths: readonly Track[],
  results: readonly Track[],
  { found }: CellMatch,
  tolerance: number,
): number | undefined {
  const seenAs = (label: number) => {
    const { frames } = truths.find((track) => track.label === label)!;
    return new Set(frames.map((frame) => found[frame]!.get(label)));
  };
  const mothers = seenAs(mother.label);
  const daughters = mother.daughters.map(seenAs);
  const candidate = results.find(
    (track) =>
      track.daughters.length > 1 &&
      mothers.has(track.label) &&
      Math.abs(track.frameDiv! - mother.frameDiv!) <= tolerance &&
      new Set(daughters.map((seen) => track.daughters.find((daughter) => seen.has(daughter)))).size ===
        daughters.length &&
      daughters.every((seen) => track.daughters.some((daughter) => seen.has(daughter))),
  );
  return candidate?.label;
}
