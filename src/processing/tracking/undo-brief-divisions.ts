import type { Links } from './link-segments.js';
import type { FilmCells } from './measure-cells.js';

/**
 * Takes divisions back whose daughter is gone at once: outlines that fall apart for a frame look like one. The mother then
 * goes on as the other daughter, or ends if both are brief, and a brief one is a track of its own. A daughter may leave at
 * the border, divide again, or be cut off by the end of the film.
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
    const lasting = [next[mother]!, second[mother]!].filter((daughter) => !isBrief(daughter));
    if (lasting.length === 2) continue;
    next[mother] = lasting[0] ?? -1;
    second[mother] = -1;
  }
  return { next, second };
}
