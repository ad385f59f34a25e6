import { describe, expect, test } from '@jest/globals';
import type { Track, Tracking } from '../../../src/processing/tracking/lineage.js';
import { scoreLinks } from '../../../src/processing/tracking/score/score-links.js';
import { trackingMeasure } from '../../../src/processing/tracking/score/tracking-measure.js';

/** A film of one row a frame: each cell three pixels wide, numbers are labels. */
function tracking(frames: readonly string[], kin: Readonly<Record<number, readonly number[]>> = {}): Tracking {
  const rows = frames.map((line) => line.split(' ').flatMap((word) => Array(3).fill(word === '.' ? 0 : Number(word))));
  const data = Int32Array.from(rows.flat() as number[]);
  const labels = [...new Set(data)].filter((label) => label > 0).toSorted((a, b) => a - b);
  const framesOf = (label: number) => Array.from(rows.keys()).filter((frame) => rows[frame]!.includes(label));
  const tracks = labels.map((label): Track => {
    const daughters = kin[label] ?? [];
    const parent = Number(Object.keys(kin).find((key) => kin[Number(key)]!.includes(label)) ?? 0);
    return {
      label,
      frames: framesOf(label),
      parent: parent === 0 ? null : parent,
      daughters,
      frameDiv: daughters.length > 0 ? Math.min(...daughters.map((daughter) => framesOf(daughter)[0]!)) : null,
      capped: daughters.length > 0,
    };
  });
  return { tracks, labels: { shape: [frames.length, 1, rows[0]!.length], data } };
}

const TRUTH = tracking(['1 . 4', '1 . 4', '2 3 4', '2 3 4'], { 1: [2, 3] });
const NOTHING = { splits: 0, addedCells: 0, deletedCells: 0, addedLinks: 0, deletedLinks: 0, changedLinks: 0 };
/** 10 cells at 10 points, 8 links at 1.5: building all anew. */
const ANEW = 8 * 10 + 2 * 10 + 8 * 1.5;

describe('scores of a tracking', () => {
  test('are perfect for the truth under other names', () => {
    const result = tracking(['7 . 1', '7 . 1', '5 6 1', '5 6 1'], { 7: [5, 6] });
    expect(scoreLinks(TRUTH, result)).toEqual({
      links: { total: 6, right: 6 },
      resultLinks: { total: 6, right: 6 },
      divisions: { total: 1, found: 1 },
      falseDivisions: 0,
    });
    expect(trackingMeasure(TRUTH, result)).toEqual({ ...NOTHING, cost: 0, tra: 1 });
  });

  test('count a division that was taken for one cell and a newcomer', () => {
    const result = tracking(['7 . 1', '7 . 1', '7 6 1', '7 6 1']);
    expect(scoreLinks(TRUTH, result)).toMatchObject({
      links: { right: 6 },
      divisions: { found: 0 },
      falseDivisions: 0,
    });
    // The link to one daughter says "same cell", the link to the other is missing.
    const cost = 1 + 1.5;
    expect(trackingMeasure(TRUTH, result)).toEqual({
      ...NOTHING,
      addedLinks: 1,
      changedLinks: 1,
      cost,
      tra: expect.closeTo(1 - cost / ANEW, 12),
    });
  });

  test('count a broken track, a swap, a missing cell and one too many', () => {
    const broken = tracking(['1 . 4', '1 . 4', '2 3 8', '2 3 8'], { 1: [2, 3] });
    expect(scoreLinks(TRUTH, broken).links).toEqual({ total: 6, right: 5 });
    expect(trackingMeasure(TRUTH, broken)).toMatchObject({ ...NOTHING, addedLinks: 1 });

    const swapped = tracking(['1 . 4', '1 . 4', '2 3 4', '3 2 4'], { 1: [2, 3] });
    expect(scoreLinks(TRUTH, swapped)).toMatchObject({ links: { right: 4 }, resultLinks: { total: 6, right: 4 } });
    expect(trackingMeasure(TRUTH, swapped)).toMatchObject({ ...NOTHING, addedLinks: 2, deletedLinks: 2 });

    const missing = tracking(['1 . 4', '1 . 4', '2 . 4', '2 3 4'], { 1: [2, 3] });
    expect(trackingMeasure(TRUTH, missing)).toMatchObject({
      ...NOTHING,
      addedCells: 1,
      addedLinks: 2,
      deletedLinks: 1,
    });

    const extra = tracking(['1 9 4', '1 . 4', '2 3 4', '2 3 4'], { 1: [2, 3] });
    expect(trackingMeasure(TRUTH, extra)).toMatchObject({ ...NOTHING, deletedCells: 1, cost: 1 });
  });

  test('count two cells found as one as a split', () => {
    const merged = tracking(['1 . 4', '1 . 4', '2 2 4', '2 3 4'], { 1: [2, 3] });
    expect(trackingMeasure(TRUTH, merged)).toMatchObject({ splits: 1, addedCells: 0, addedLinks: 4 });
  });

  test('are least for a result of nothing, and for none of the cells of an empty truth', () => {
    const none = tracking(['. . .', '. . .', '. . .', '. . .']);
    expect(trackingMeasure(TRUTH, none)).toMatchObject({ cost: ANEW, tra: 0 });
    expect(trackingMeasure(none, none).tra).toBe(1);
    expect(trackingMeasure(none, TRUTH).tra).toBe(0);
    expect(scoreLinks(TRUTH, none)).toMatchObject({ links: { right: 0 }, divisions: { found: 0 } });
  });

  test('allow a division to be a frame early or late, and no more unless told', () => {
    const truth = tracking(['1 .', '2 3', '2 3', '2 3', '2 3'], { 1: [2, 3] });
    const late = (frames: number) =>
      tracking(
        Array.from({ length: 5 }, (_, t) => (t <= frames ? '1 .' : '2 3')),
        { 1: [2, 3] },
      );
    expect(scoreLinks(truth, late(1)).divisions.found).toBe(1);
    expect(scoreLinks(truth, late(2))).toMatchObject({ divisions: { found: 0 }, falseDivisions: 1 });
    expect(scoreLinks(truth, late(2), { divisionToleranceFrames: 2 }).divisions.found).toBe(1);
  });

  test('do not take other daughters for the true ones', () => {
    const wrong = tracking(['1 . 4', '1 . 4', '2 3 4', '2 3 4'], { 1: [2, 4] });
    expect(scoreLinks(TRUTH, wrong)).toMatchObject({ divisions: { found: 0 }, falseDivisions: 1 });
  });

  test('need stacks of one shape', () => {
    expect(() => scoreLinks(TRUTH, tracking(['1 1']))).toThrow('they must be equal');
  });
});
