import { describe, expect, test } from '@jest/globals';
import { lineageFaults } from '../../../src/processing/tracking/lineage.js';
import { scoreLinks } from '../../../src/processing/tracking/score/score-links.js';
import { trackCells } from '../../../src/processing/tracking/track-cells.js';
import { randomNumbers } from '../../../src/testing/random-numbers.js';
import { makeTimeLapse, type TimeLapse } from '../../support/time-lapse.js';
import { filmOf, type Disc } from './film.js';

/** The labels of each frame numbered anew, as a segmentation that knows nothing of other frames does. */
function shuffled({ truth }: TimeLapse): TimeLapse['truth']['labels'] {
  const { shape, data } = truth.labels;
  const size = data.length / shape[0]!;
  return {
    shape,
    data: data.map((label, i) => (label > 0 ? ((label * 37 + Math.floor(i / size) * 11) % 101) + 1 : 0)),
  };
}

/** Takes some cells out of some frames, as a segmentation that misses them does. */
function withHoles(labels: TimeLapse['truth']['labels'], part: number): TimeLapse['truth']['labels'] {
  const size = labels.data.length / labels.shape[0]!;
  const random = randomNumbers(9);
  const isMissed = new Map<string, boolean>();
  const data = labels.data.map((label, i) => {
    const cell = `${Math.floor(i / size)} ${label}`;
    if (label > 0 && !isMissed.has(cell)) isMissed.set(cell, random() < part);
    return isMissed.get(cell) ? 0 : label;
  });
  return { shape: labels.shape, data };
}

const film = makeTimeLapse({ seed: 2, frames: 14, side: 200, cells: 18 });

describe('trackCells', () => {
  test.each([1, 2, 3])('finds the links and divisions of film %i', (seed) => {
    const each = makeTimeLapse({ seed, frames: 14, side: 200, cells: 18 });
    const tracking = trackCells(shuffled(each), each.raw);
    const { links, divisions, falseDivisions } = scoreLinks(each.truth, tracking);
    expect(divisions.total).toBeGreaterThan(5);
    expect(links.right / links.total).toBeGreaterThanOrEqual(0.99);
    expect(divisions.found).toBeGreaterThanOrEqual(divisions.total - 1);
    expect(falseDivisions).toBeLessThanOrEqual(1);
    expect(lineageFaults(tracking.tracks, 14)).toEqual([]);
  });

  test('keeps most links where cells wander far and where some are missed', () => {
    const far = makeTimeLapse({ seed: 3, frames: 14, side: 200, cells: 18, wander: 2 });
    const wandering = scoreLinks(far.truth, trackCells(shuffled(far), far.raw));
    expect(wandering.links.right / wandering.links.total).toBeGreaterThan(0.95);
    const holes = trackCells(withHoles(shuffled(film), 0.04), film.raw);
    const { resultLinks, divisions } = scoreLinks(film.truth, holes);
    expect(resultLinks.right / resultLinks.total).toBeGreaterThan(0.97);
    expect(divisions.found).toBeGreaterThan(divisions.total / 2);
    expect(lineageFaults(holes.tracks, 14)).toEqual([]);
  });

  test('gives the same tracks for the same input, and leaves it as it was', () => {
    const labels = shuffled(film);
    const before = labels.data.slice();
    expect(trackCells(labels, film.raw)).toEqual(trackCells(labels, film.raw));
    expect(labels.data).toEqual(before);
  });

  test('numbers tracks from 1 and writes them into a stack of the same shape', () => {
    const { labels, raw } = filmOf([
      [
        { label: 9, row: 20, column: 20 },
        { label: 4, row: 60, column: 60 },
      ],
      [
        { label: 1, row: 21, column: 21 },
        { label: 2, row: 59, column: 61 },
      ],
    ]);
    const { tracks, labels: tracked } = trackCells(labels, raw);
    const common = { frames: [0, 1], parent: null, daughters: [], frameDiv: null, capped: false };
    expect(tracks).toEqual([
      { label: 1, ...common },
      { label: 2, ...common },
    ]);
    expect(tracked.shape).toEqual(labels.shape);
    const at = (frame: number, row: number, column: number) => tracked.data[(frame * 80 + row) * 80 + column];
    expect([at(0, 20, 20), at(0, 60, 60), at(1, 21, 21), at(1, 59, 61), at(0, 0, 0)]).toEqual([2, 1, 2, 1, 0]);
  });

  const still = (label: number, row: number, column: number): Disc => ({ label, row, column });
  const others = [still(5, 15, 15), still(6, 15, 65), still(7, 65, 15)];

  test('takes a cell that was missing for the same, up to the longest gap', () => {
    const here = [...others, still(1, 50, 50)];
    const { labels, raw } = filmOf([here, here, others, others, here, here]);
    const gapped = trackCells(labels, raw).tracks;
    expect(gapped.map(({ frames }) => frames.length).toSorted((a, b) => a - b)).toEqual([4, 6, 6, 6]);
    expect(trackCells(labels, raw, { maxGapFrames: 1 }).tracks).toHaveLength(5);
  });

  test('finds a division, unless there are to be none', () => {
    const mother = [...others, still(1, 50, 50)];
    const daughter = (label: number, column: number): Disc => ({ label, row: 50, column, radius: 4.3 });
    const daughters = [...others, daughter(1, 44), daughter(2, 56)];
    const { labels, raw } = filmOf([mother, mother, mother, daughters, daughters, daughters]);
    const { tracks } = trackCells(labels, raw);
    expect(tracks.find(({ frameDiv }) => frameDiv !== null)).toMatchObject({
      frames: [0, 1, 2],
      daughters: [5, 6],
      frameDiv: 3,
      capped: true,
    });
    expect(tracks.slice(4)).toMatchObject([
      { label: 5, parent: 1, frames: [3, 4, 5], capped: false },
      { label: 6, parent: 1, frames: [3, 4, 5], capped: false },
    ]);
    expect(trackCells(labels, raw, { divisions: false }).tracks.every(({ parent }) => parent === null)).toBe(true);
  });

  test('does not take an outline that falls apart for a frame for a division', () => {
    const whole = [...others, still(1, 50, 50)];
    const halves = [...others, { ...still(1, 50, 46), radius: 4.3 }, { ...still(2, 50, 55), radius: 4.3 }];
    const { labels, raw } = filmOf([whole, whole, halves, whole, whole, whole]);
    const { tracks } = trackCells(labels, raw);
    expect(tracks.every(({ daughters }) => daughters.length === 0)).toBe(true);
    expect(tracks.filter(({ frames }) => frames[0] === 0 && frames.at(-1) === 5)).toHaveLength(4);
  });

  test('takes films without cells, of one frame, and images with a channel axis', () => {
    const empty = filmOf([[], []]);
    expect(trackCells(empty.labels, empty.raw).tracks).toEqual([]);
    const { labels, raw } = filmOf([[still(3, 40, 40)]]);
    const channels = { shape: [...raw.shape, 1], data: Float64Array.from(raw.data) };
    expect(trackCells(labels, channels).tracks).toMatchObject([{ label: 1, frames: [0], capped: false }]);
    const alternating = filmOf([[still(3, 40, 40)], [], [still(3, 40, 40)]]);
    expect(trackCells(alternating.labels, alternating.raw).tracks).toMatchObject([{ frames: [0, 2] }]);
  });

  test('refuses shapes that do not fit and options that make no sense', () => {
    const { labels, raw } = filmOf([[], []]);
    expect(() => trackCells({ shape: [4], data: new Int32Array(4) }, raw)).toThrow('its rank must be 3');
    expect(() => trackCells(labels, { shape: [1, 80, 80], data: new Uint8Array(6400) })).toThrow(
      'tracking: images of shape (1, 80, 80) beside labels of (2, 80, 80)',
    );
    expect(() => trackCells(labels, raw, { maxDistancePx: 0 })).toThrow(
      'maxDistancePx is 0; pixels above 0 are accepted',
    );
    expect(() => trackCells(labels, raw, { maxGapFrames: -1 })).toThrow('maxGapFrames is -1');
  });
});
