import type { Links } from './link-segments.js';
import type { FilmCells } from './measure-cells.js';

/**
 * Takes divisions back whose daughter is gone at once: outlines that fall apart for a frame look like one. The mother then
 * goes on as the other daughter, and the brief one is a track of its own. A daughter may leave at the border, divide
 * again, or be cut off by the end of the film.
 *
 * @param minFrames a daughter seen in fewer frames is brief
 */
export function undoBriefDivisions({ cells, start }: FilmCells, links: Links, minFrames: number): Links {
  const next = Int32Array.from(links.next);
  const second = Int32Array.from(links.second);
  const lastFrame = start.length - 2;
  const isBrief = (first: number): boolean => {
    let cell = first;
    for (let seen = 1; seen < minFrames; seen++) {
      if (second[cell]! >= 0 || cells[cell]!.frame === lastFrame) return false;
      if (next[cell]! < 0) return !cells[cell]!.atBorder;
      cell = next[cell]!;
    }
    return false;
  };
  // Backwards, so that a daughter's own division is settled before its mother's.
  for (let mother = cells.length - 1; mother >= 0; mother--) {
    if (second[mother]! < 0) continue;
    if (isBrief(second[mother]!)) second[mother] = -1;
    else if (isBrief(next[mother]!)) {
      next[mother] = second[mother]!;
      second[mother] = -1;
    }
  }
  return { next, second };
}
