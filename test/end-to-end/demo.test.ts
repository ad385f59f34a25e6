import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { readImage } from '../../src/images/read.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DEMO = fileURLToPath(new URL('../../dist/plugins/image/demo.js', import.meta.url));
const SAMPLES = ['nuclei-dim', 'nuclei-large', 'nuclei-sparse', 'nuclei-touching'];
/** Two processes, four images; much more than they need. */
const TIMEOUT_MS = 120_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stdout: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  ({ stdout } = await promisify(execFile)(process.execPath, [DEMO], { cwd: folder.path, timeout: TIMEOUT_MS }));
}, TIMEOUT_MS);
afterAll(async () => await folder.remove());

describe('npm run demo', () => {
  test('prints a table of the samples and where to look, and nothing else', () => {
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]!.split(/\s{2,}/u)).toEqual([
      'image',
      'cells found',
      'cells true',
      'F1 at IoU 0.5',
      'seconds',
      'result',
    ]);
    expect(lines.slice(1, 5).map((line) => line.split(/\s+/u)[0])).toEqual(SAMPLES.map((name) => `${name}.tif`));
    expect(lines.slice(5)).toEqual([
      '',
      'Outlines over the images, to look at:',
      ...SAMPLES.map((name) => `  ${join('demo-output', `${name}_overlay.png`)}`),
    ]);
  });

  test.each(SAMPLES)('finds the nuclei of %s with F1 above 0.85 at IoU 0.5', (name) => {
    const line = stdout.split('\n').find((text) => text.startsWith(`${name}.tif`))!;
    const [, found, truth, f1, seconds, result] = line.split(/\s+/u);
    expect(Number(f1)).toBeGreaterThan(0.85);
    expect(Number(f1)).toBeLessThanOrEqual(1);
    expect(Math.abs(Number(found) - Number(truth)) / Number(truth)).toBeLessThan(0.15);
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(result).toBe(join('demo-output', `${name}.zip`));
  });

  test.each(SAMPLES)('leaves archive, labels, table and overlay of %s', async (name) => {
    const out = join(folder.path, 'demo-output', name);
    await access(`${out}.zip`);
    const labels = await readImage(`${out}_labels.tif`);
    expect(labels.dtype).toBe('int32');
    const cells = new Set(Array.from(labels.data, Number)).size - 1;
    const table = (await readFile(`${out}_cells.csv`, 'utf8')).trimEnd().split('\n');
    expect(table[0]).toBe('label,area,centroid-0,centroid-1,bbox-0,bbox-1,bbox-2,bbox-3,intensity_mean,eccentricity');
    expect(table).toHaveLength(cells + 1);
    const { width, height } = await sharp(`${out}_overlay.png`).metadata();
    expect([height, width]).toEqual(labels.shape);
  });

  test(
    'can be run again',
    async () => {
      const again = await promisify(execFile)(process.execPath, [DEMO], { cwd: folder.path, timeout: TIMEOUT_MS });
      expect(withoutSeconds(again.stdout)).toBe(withoutSeconds(stdout));
    },
    TIMEOUT_MS,
  );

  test(
    'ends with 1 and the reason if a job fails',
    async () => {
      const env = { ...process.env, MODEL_SERVER: `onnx:${folder.path}` };
      const failing = promisify(execFile)(process.execPath, [DEMO], { cwd: folder.path, env, timeout: TIMEOUT_MS });
      await expect(failing).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('nuclei-dim.tif failed: UnknownModelError: The model nuclear-demo:1 is not in'),
      });
    },
    TIMEOUT_MS,
  );
});

/** The table without what differs from run to run. */
function withoutSeconds(text: string): string {
  return text.replaceAll(/\d+\.\d\d +demo-output/gu, 'demo-output').replaceAll(/ +/gu, ' ');
}
