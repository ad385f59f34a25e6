import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readNpy, writeNpy } from '../support/npy.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { runGolden } from './golden-runner.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/golden', import.meta.url));

describe('runGolden', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const lines: string[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    lines.length = 0;
  });
  afterEach(() => folder.remove());

  function copyCase(name: string): string {
    const target = join(folder.path, name);
    cpSync(join(FIXTURES, name), target, { recursive: true });
    return target;
  }

  function editCase(path: string, change: Record<string, unknown>): void {
    const file = join(path, 'case.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
  }

  const run = () => runGolden(folder.path, (line) => lines.push(line));

  test('reads plain and compressed arrays and counts what passes', () => {
    const path = copyCase('erode_edges/discs_2');
    writeNpy(join(path, 'in_labels.npy'), readNpy(join(path, 'in_labels.npy.gz')));
    copyCase('primitives_gaussian/sigma_1');
    expect(run()).toEqual({ passed: 2, failed: 0 });
    expect(lines).toEqual(['2 passed, 0 failed']);
  });

  test('a single wrong label fails its case and is named with its place', () => {
    const file = join(copyCase('erode_edges/discs_2'), 'out_labels.npy.gz');
    const labels = readNpy(file);
    labels.data[72 * 3 + 5] = 99;
    writeNpy(file, labels);
    expect(run()).toEqual({ passed: 0, failed: 1 });
    expect(lines[0]).toMatch(
      /^FAILED erode_edges\/discs_2: output labels: 0 instead of 99 at \[3, 5\]; 1 of 5760 differ$/,
    );
  });

  test('a float outside the tolerance fails, one inside passes', () => {
    const file = join(copyCase('primitives_gaussian/sigma_1'), 'out_image.npy.gz');
    const image = readNpy(file);
    const before = Number(image.data[7]);
    image.data[7] = before + 5e-7;
    writeNpy(file, image);
    expect(run().failed).toBe(0);
    image.data[7] = before + 5e-6;
    writeNpy(file, image);
    expect(run().failed).toBe(1);
    expect(lines.at(-2)).toContain('at [0, 7]');
  });

  test('a case that should raise and does not fails, and so does one that raises unasked', () => {
    editCase(copyCase('erode_edges/discs_2'), { raises: { type: 'ValueError' } });
    editCase(copyCase('erode_edges/three_d'), { params: { erosion_width: -1 } });
    expect(run()).toEqual({ passed: 0, failed: 2 });
    expect(lines[0]).toContain('returned, where the reference raises ValueError');
    expect(lines[1]).toContain('RangeError: erodeEdges: width is -1');
  });

  test('a refusal counts where the reference raises too', () => {
    editCase(copyCase('erode_edges/three_d'), { params: { erosion_width: -1 }, raises: { type: 'ValueError' } });
    expect(run()).toEqual({ passed: 1, failed: 0 });
  });

  test('a function it does not know and an output it does not make fail', () => {
    editCase(copyCase('erode_edges/discs_2'), { function: 'erode_corners' });
    editCase(copyCase('erode_edges/three_d'), { outputs: { borders: { file: 'out_labels.npy' } } });
    expect(run().failed).toBe(2);
    expect(lines.join()).toContain('there is no function erode_corners');
    expect(lines.join()).toContain('output borders is missing');
  });

  test('prints the deliberate deviations of the functions that ran, and the count last', () => {
    copyCase('normalize_v061/constant');
    run();
    expect(lines[0]).toMatch(/^deviation normalize_v061 \(pipeline\): original: a constant image becomes NaN/);
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
  });
});
