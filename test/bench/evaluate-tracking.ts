/**
 * `npx jiti test/bench/evaluate-tracking.ts FILM`: scores the tracker on `FILM.tif` (frames, rows, columns) with the truth
 * in `FILM.mask.tif` (a label for each track) and `FILM.tracks.txt` (lines L B E P of the Cell Tracking Challenge). Once from
 * the true masks, and once from masks that the whole consumer finds in each frame, as `kiosk-consumer run` does it. Needs
 * `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCtc } from '../../src/images/tracks/ctc-text.js';
import { readImage } from '../../src/images/read.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import type { LabelArray } from '../../src/processing/array/nd-array.js';
import type { Tracking } from '../../src/processing/tracking/lineage.js';
import type { NumberStack } from '../../src/processing/tracking/measure-cells.js';
import { scoreLinks } from '../../src/processing/tracking/score/score-links.js';
import { trackingMeasure } from '../../src/processing/tracking/score/tracking-measure.js';
import { trackCells } from '../../src/processing/tracking/track-cells.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/kiosk-consumer.js', import.meta.url));

async function main(film: string): Promise<void> {
  const { shape, data } = await readImage(`${film}.tif`);
  const raw = { shape, data } as NumberStack;
  const labels = await readLabels(`${film}.mask.tif`);
  const tracks = parseCtc(basename(film), await readFile(`${film}.tracks.txt`, 'utf8'));
  const truth = { tracks: onlyVisible(tracks, labels), labels };
  report('true masks', truth, trackCells(numberedAnew(labels), raw));
  report('masks of the consumer', truth, trackCells(await segment(raw), raw));
}

function report(masks: string, truth: Tracking, result: Tracking): void {
  const scores = { masks, ...scoreLinks(truth, result), ...trackingMeasure(truth, result) };
  process.stdout.write(`${JSON.stringify(scores)}\n`);
}

async function readLabels(file: string): Promise<LabelArray> {
  const { shape, data } = await readImage(file);
  return { shape, data: Int32Array.from(data, Number) };
}

/** The truth may hide a cell behind another for a while; its lines do not say so. */
function onlyVisible(tracks: Tracking['tracks'], { shape, data }: LabelArray): Tracking['tracks'] {
  const size = data.length / shape[0]!;
  const seen = Array.from(
    { length: shape[0]! },
    (_, frame) => new Set(data.subarray(frame * size, (frame + 1) * size)),
  );
  return tracks.map((track) => ({ ...track, frames: track.frames.filter((frame) => seen[frame]!.has(track.label)) }));
}

/** Other numbers in each frame, so that nothing is learnt from them. */
function numberedAnew({ shape, data }: LabelArray): LabelArray {
  const size = data.length / shape[0]!;
  const prime = 10_007;
  return { shape, data: data.map((label, i) => (label > 0 ? ((label * 37 + Math.floor(i / size)) % prime) + 1 : 0)) };
}

/** What the consumer finds in each frame by itself. */
async function segment({ shape, data }: NumberStack): Promise<LabelArray> {
  const [frames, rows, columns] = shape as [number, number, number];
  const folder = await temporaryFolder();
  try {
    const files = Array.from({ length: frames }, (_, frame) => join(folder.path, `${frame}.tif`));
    for (const [frame, file] of files.entries()) {
      const plane = data.subarray(frame * rows * columns, (frame + 1) * rows * columns);
      await writeTiff(file, { shape: [rows, columns], data: plane });
    }
    const args = [BIN, 'run', ...files, '--type', 'image', '--out', folder.path];
    const [code] = (await once(spawn(process.execPath, args, { stdio: ['ignore', 2, 2] }), 'exit')) as [number | null];
    if (code !== 0) throw new RangeError('the frames were not all segmented');
    const labels = new Int32Array(data.length);
    for (const frame of files.keys()) {
      labels.set((await readLabels(join(folder.path, `${frame}_labels.tif`))).data, frame * rows * columns);
    }
    return { shape, data: labels };
  } finally {
    await folder.remove();
  }
}

const [, , film] = process.argv;
if (film === undefined) {
  process.stderr.write(
    'usage: npx jiti test/bench/evaluate-tracking.ts FILM (FILM.tif, FILM.mask.tif, FILM.tracks.txt)\n',
  );
  process.exitCode = 2;
} else {
  await main(film);
}
