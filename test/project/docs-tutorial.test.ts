import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeNuclei } from '../../src/testing/nuclei.js';
import { installForDevelopment, npmRun, pack } from '../support/packed-project.js';
import { blocksOf, pageText, ROOT } from '../support/pages.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NAME = 'kiosk-consumer-plugin-smooth-spots';
const MINUTE_MS = 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const blocks = blocksOf(pageText('docs/tutorial.md')).filter(({ name }) => name !== undefined);
const plugin = () => join(folder.path, NAME);

beforeAll(async () => {
  folder = await temporaryFolder();
  const { code } = await runCli(['plugins', 'create', 'smooth-spots'], { cwd: folder.path });
  expect(code).toBe(0);
  await installForDevelopment(plugin(), new Map([['kiosk-consumer', await pack(ROOT, folder.path)]]));
}, MINUTE_MS);
afterAll(() => folder.remove());

test(
  'the package of the tutorial builds with the files of the page, and its tests pass',
  async () => {
    for (const { name, text } of blocks.filter((block) => block.name !== 'kiosk-consumer.config.js'))
      await writeFile(join(plugin(), name!), text);
    expect(await npmRun(plugin(), 'test')).toMatch(/# pass 3\n# fail 0/u);
  },
  2 * MINUTE_MS,
);

test('it is used as the page says, and printed for a cluster', async () => {
  const project = join(folder.path, 'project');
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await symlink(plugin(), join(project, 'node_modules', NAME));
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  const config = blocks.find(({ name }) => name === 'kiosk-consumer.config.js')!;
  await writeFile(join(project, config.name!), config.text);
  await writeNuclei(join(project, 'image.tif'), 120, 160);
  const bin = join(plugin(), 'node_modules/kiosk-consumer/bin/kiosk-consumer.js');
  const cli = async (...args: string[]) => await runCli(args, { cwd: project, bin });
  const { code, stdout, stderr } = await cli('run', 'image.tif', '--type', 'smooth-spots', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ status: 'done', results: { cells: 12 } });
  const deployed = await cli('plugins', 'deploy', 'smooth-spots', '--queues', 'segmentation,mesmer');
  expect(deployed.stdout).toContain('QUEUES: "segmentation,mesmer,smooth-spots"');
  expect(deployed.stdout).toContain('smooth_spots_consumer_key_ratio');
});
