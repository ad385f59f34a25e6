import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import save from '../../../plugins/tracking/kernels/save.js';
import track from '../../../plugins/tracking/kernels/track.js';
import { readTrk } from '../../../src/images/tracks/read-trk.js';
import { scoreLinks } from '../../../src/processing/tracking/score/score-links.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { makeTimeLapse } from '../../support/time-lapse.js';

const film = makeTimeLapse({ seed: 4, frames: 6, side: 120, cells: 8 });
const tracking = track({ labels: film.truth.labels, raw: film.raw, options: { maxGapFrames: 1 } });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(async () => await folder.remove());

describe('the kernels of tracking', () => {
  test('track a stack of labels', () => {
    const { links } = scoreLinks(film.truth, tracking);
    expect(links.right).toBe(links.total);
  });

  test('save what the result archive of the Kiosk holds', async () => {
    const entries = await save({ tracking, name: 'day 1/well-a', folder: folder.path });
    expect(entries).toEqual([
      { name: 'day 1/well-a_feature_0.tif', file: join(folder.path, 'well-a_feature_0.tif') },
      { name: 'lineage.json', file: join(folder.path, 'lineage.json') },
    ]);
    const lineage = JSON.parse(readFileSync(entries[1]!.file, 'utf8')) as Record<string, unknown>;
    expect(Object.keys(lineage)).toEqual(tracking.tracks.map(({ label }) => String(label)));
    expect(Object.keys(lineage['1'] as object)).toEqual([
      'label',
      'frames',
      'daughters',
      'capped',
      'frame_div',
      'parent',
    ]);
  });

  test('save a .trk file and the text of the Cell Tracking Challenge where asked', async () => {
    const trk = { raw: film.raw, dtype: 'uint16' as const };
    const entries = await save({ tracking, name: 'film', folder: folder.path, trk, ctc: true });
    expect(entries.map(({ name }) => name)).toEqual([
      'film_feature_0.tif',
      'lineage.json',
      'film.trk',
      'film_res_track.txt',
      'film_res.tif',
    ]);
    const read = await readTrk(entries[2]!.file);
    expect(read.raw).toEqual({ dtype: 'uint16', shape: [6, 120, 120, 1], data: film.raw.data });
    expect(read.tracked.data).toEqual(tracking.labels.data);
    expect(read.lineages).toEqual([tracking.tracks]);
    expect(readFileSync(entries[3]!.file, 'utf8').split('\n')).toHaveLength(tracking.tracks.length + 1);
  });

  const live = requireTool('python3-tifffile') ? test : test.skip;
  live('save labels as tifffile reads them: float32 (frames, rows, columns)', async () => {
    const [labels] = await save({ tracking, name: 'film', folder: folder.path });
    const script = `
import sys, numpy, tifffile
a = tifffile.imread(sys.argv[1])
print(a.dtype, a.shape, int((a.ravel() * numpy.arange(a.size, dtype='f8')).sum()))`;
    const python = spawnSync('/usr/bin/python3', ['-c', script, labels!.file], { encoding: 'utf8' });
    const sum = tracking.labels.data.reduce((total, label, i) => total + label * i, 0);
    expect(python.stdout).toBe(`float32 (6, 120, 120) ${sum}\n`);
  });
});
