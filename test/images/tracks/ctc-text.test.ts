import { describe, expect, test } from '@jest/globals';
import { parseCtc, toCtc } from '../../../src/images/tracks/ctc-text.js';
import type { Track } from '../../../src/processing/tracking/lineage.js';

function track(label: number, frames: readonly number[], others: Partial<Track> = {}): Track {
  return { label, frames, parent: null, daughters: [], frameDiv: null, capped: false, ...others };
}

describe('the text of the Cell Tracking Challenge', () => {
  test('has a line for each track: label, first and last frame, parent', () => {
    const tracks = [
      track(1, [0, 1], { daughters: [2, 3], frameDiv: 2, capped: true }),
      track(2, [2, 3], { parent: 1 }),
      track(3, [2], { parent: 1, capped: true }),
    ];
    const labels = { shape: [4, 1, 2], data: Int32Array.of(1, 1, 1, 1, 2, 3, 2, 0) };
    const written = toCtc({ tracks, labels });
    expect(written.text).toBe('1 0 1 0\n2 2 3 1\n3 2 2 1\n');
    expect(written.labels).toBe(labels);
    expect(parseCtc('man_track.txt', written.text)).toEqual(tracks);
  });

  test('gives what comes after a gap a label of its own, of which the rest descends', () => {
    const tracks = [
      track(1, [0, 2, 4], { daughters: [2, 3], frameDiv: 5 }),
      track(2, [5], { parent: 1 }),
      track(3, [5], { parent: 1 }),
    ];
    const labels = { shape: [6, 1, 2], data: Int32Array.of(1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 2, 3) };
    const written = toCtc({ tracks, labels });
    expect(written.text).toBe('1 0 0 0\n2 5 5 5\n3 5 5 5\n4 2 2 1\n5 4 4 4\n');
    expect([...written.labels.data]).toEqual([1, 1, 0, 0, 4, 4, 0, 0, 5, 5, 2, 3]);
  });

  test.each(['1 2 3', '1 2 3 x', '0 0 1 0', '1 5 2 0', '1 0 999999999 0', '1 -1 2 0'])(
    'refuses the line %s',
    (line) => {
      expect(() => parseCtc('res_track.txt', `1 0 3 0\n${line}\n`)).toThrow(
        `res_track.txt: the line "${line}" is not a label, first and last frame, and parent`,
      );
    },
  );
});
