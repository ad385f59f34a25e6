import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Evaluation } from '../bench/evaluation.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Four images through the whole consumer, on a slow machine. */
const TIMEOUT_MS = 120_000;

describe('npm run evaluate', () => {
  test(
    'scores a folder through the whole consumer',
    async () => {
      const { stdout } = await evaluate('plugins/image/samples', '--json');
      const { images, all } = JSON.parse(stdout) as Evaluation;
      expect(images.map(({ name, objects }) => [name, objects])).toEqual([
        ['nuclei-dim', 95],
        ['nuclei-large', 34],
        ['nuclei-sparse', 26],
        ['nuclei-touching', 250],
      ]);
      expect(all.objects).toBe(405);
      expect(all.f1Pooled).toBeCloseTo(0.956, 2);
      expect(all.meanAveragePrecision).toBeCloseTo(0.854, 2);
    },
    TIMEOUT_MS,
  );

  test('says how it is used, and what is wrong with a folder', async () => {
    await expect(evaluate()).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage: npm run evaluate -- DIR'),
    });
    await expect(evaluate('no-such-folder')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no-such-folder'),
    });
    await expect(evaluate('docs')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no NAME.mask.tif in it'),
    });
  });
});

/** Rejects with `code` and `stderr` where the exit code is not 0. */
async function evaluate(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return await promisify(execFile)(
    process.execPath,
    ['node_modules/jiti/lib/jiti-cli.mjs', 'test/bench/evaluate.ts', ...args],
    {
      cwd: ROOT,
      timeout: TIMEOUT_MS,
    },
  );
}
