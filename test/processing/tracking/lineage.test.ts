import { describe, expect, test } from '@jest/globals';
import { lineageFaults, type Track } from '../../../src/processing/tracking/lineage.js';

const MOTHER: Track = { label: 1, frames: [0, 1], parent: null, daughters: [2, 3], frameDiv: 2, capped: true };
const DAUGHTERS: readonly Track[] = [2, 3].map((label) => ({
  label,
  frames: [2, 3],
  parent: 1,
  daughters: [],
  frameDiv: null,
  capped: false,
}));
const [FIRST, SECOND] = DAUGHTERS as [Track, Track];

describe('lineageFaults', () => {
  test('finds none where tracks fit together', () => {
    expect(lineageFaults([MOTHER, ...DAUGHTERS], 4)).toEqual([]);
    expect(lineageFaults([], 0)).toEqual([]);
  });

  test.each<[string, Track[]]>([
    ['label 0; whole numbers from 1 are accepted', [{ ...FIRST, label: 0, parent: null }]],
    ['track 2 is in no frame', [{ ...FIRST, frames: [], parent: null }]],
    [
      'track 2 names frame 4; ascending whole numbers below 4 are accepted',
      [{ ...FIRST, frames: [3, 4], parent: null }],
    ],
    [
      'track 2 names frame 3; ascending whole numbers below 4 are accepted',
      [{ ...FIRST, frames: [3, 3], parent: null }],
    ],
    ['track 1 has 2 daughters and frame_div null', [{ ...MOTHER, frameDiv: null }, ...DAUGHTERS]],
    ['track 2 names 1 as its parent, which does not name it as a daughter', [FIRST]],
    ['track 1 names 3 as a daughter, which does not name it as its parent', [MOTHER, FIRST]],
    ['track 3 is there before the division of 1 in frame 2', [MOTHER, FIRST, { ...SECOND, frames: [1, 2] }]],
    ['track 1 is there after its division in frame 2', [{ ...MOTHER, frames: [0, 2] }, ...DAUGHTERS]],
    [
      '2 tracks share 1 labels',
      [
        { ...FIRST, parent: null },
        { ...FIRST, parent: null },
      ],
    ],
  ])('says: %s', (fault, tracks) => {
    expect(lineageFaults(tracks, 4)).toEqual([fault]);
  });
});
