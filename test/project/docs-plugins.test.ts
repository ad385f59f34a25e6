import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readImage } from '../../src/images/read.js';
import { jsonLines } from '../support/cli.js';
import { blocksOf, pageText, ROOT } from '../support/pages.js';
import { runCli, type CliRun } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SAMPLE = join(ROOT, 'plugins/image/samples/nuclei-sparse.tif');
const PACKAGE_BLOCK = /^kiosk-consumer-plugin-/u;

/** A project made of the named blocks of a page; blocks of a package stand where npm would put them. */
async function projectOf(page: string, folder: string): Promise<void> {
  const files = blocksOf(pageText(page)).filter(({ name }) => name !== undefined);
  for (const { name, text } of files) {
    const file = join(folder, PACKAGE_BLOCK.test(name!) ? 'node_modules' : '.', name!);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(ROOT, join(folder, 'node_modules/kiosk-consumer'));
  // The page's `.js` files are ES modules, its CommonJS stands in a `.cjs`.
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
}

describe('the plugin of the README', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await projectOf('README.md', folder.path);
  });
  afterAll(() => folder.remove());

  test('has twenty lines at most', () => {
    const block = blocksOf(pageText('README.md')).find(({ name }) => name === 'echo-plugin.ts')!;
    expect(block.text.split('\n').length).toBeLessThanOrEqual(20);
  });

  test('does jobs as it stands', async () => {
    const { code, stderr } = await runCli(['run', SAMPLE, '--type', 'echo', '--out', 'results'], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const echoed = await readFile(join(folder.path, 'results/nuclei-sparse.tif'));
    expect(echoed.equals(await readFile(SAMPLE))).toBe(true);
  });
});

describe('the plugins of docs/plugins.md', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await projectOf('docs/plugins.md', folder.path);
  });
  afterAll(() => folder.remove());

  const cli = async (...args: string[]): Promise<CliRun> => await runCli(args, { cwd: folder.path });

  /** The fields of a job that was enqueued and consumed. */
  async function fieldsOf(type: string): Promise<Record<string, string>> {
    const { stdout } = await cli('enqueue', SAMPLE, '--type', type);
    const { code } = await cli('consume', '--type', type, '--drain');
    expect(code).toBe(0);
    const inspected = await cli('inspect', stdout.trim(), '--json');
    return jsonLines<{ fields: Record<string, string> }>(inspected)[0]!.fields;
  }

  test('are all loaded, with their options and functions', async () => {
    const { code, stdout } = await cli('plugins', 'list');
    expect(code).toBe(0);
    for (const name of ['file-name', 'sides', 'brightness', 'inner-distance', 'invert', 'threshold', 'digits']) {
      expect(stdout).toContain(name);
    }
  });

  test('made in the config file: fields of the result stand in the hash', async () => {
    expect(await fieldsOf('file-name')).toMatchObject({ status: 'done', name: 'nuclei-sparse.tif' });
  });

  test('in CommonJS: says why it refuses, and does what it accepts', async () => {
    expect(await fieldsOf('sides')).toMatchObject({ status: 'done', rows: '256', columns: '256' });
    await writeFile(join(folder.path, 'note.txt'), 'no image');
    const { code, stdout } = await cli('run', 'note.txt', '--type', 'sides', '--json');
    expect(code).toBe(1);
    expect(jsonLines({ stdout })[0]).toMatchObject({ reason: expect.stringMatching(/^InvalidFileTypeError: /u) });
  });

  test('as a package: computes in a thread, with its option', async () => {
    const { data } = await readImage(SAMPLE);
    const mean = (data as Uint8Array).reduce((sum, value) => sum + value, 0) / data.length;
    expect(await fieldsOf('brightness')).toMatchObject({ status: 'done', mean: mean.toFixed(1) });
  });

  test('asks a model and publishes one of its heads', async () => {
    const { code, stderr } = await cli('run', SAMPLE, '--type', 'inner-distance', '--out', 'heads');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const head = await readImage(join(folder.path, 'heads/nuclei-sparse.tif'));
    expect(head).toMatchObject({ dtype: 'float32', shape: [256, 256] });
    expect(Math.max(...(head.data as Float32Array))).toBeGreaterThan(0.5);
  });

  test('bring functions that jobs name, with parameters', async () => {
    const named = ['--set', 'preprocess_function=quantile_normalize', '--set', 'postprocess_function=threshold'];
    const run = async (level: string) => {
      const options = ['--set', `postprocess_options={"level":${level}}`];
      const { stdout, code } = await cli('run', SAMPLE, ...named, ...options, '--json', '--out', 'levels');
      expect(code).toBe(0);
      return jsonLines<{ results: { cells: number } }>({ stdout })[0]!.results.cells;
    };
    expect(await run('0.3')).toBe(1);
    expect(await run('2')).toBe(0);
    const inverted = await cli(
      'run',
      SAMPLE,
      '--set',
      'preprocess_function=invert,quantile_normalize',
      '--out',
      'dark',
    );
    expect(inverted.code).toBe(0);
  });
});
