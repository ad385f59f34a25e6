import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readImage } from '../../src/images/read.js';
import { drawNuclei, writeNuclei } from '../../src/testing/nuclei.js';
import { expectF1 } from '../../src/testing/labels.js';
import { ndArray } from '../../src/processing/array/nd-array.js';
import { installForDevelopment, installPacked, npmRun, pack } from '../support/packed-project.js';
import { ROOT } from '../support/pages.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NAME = 'kiosk-consumer-plugin-flow-fields';
const MINUTE_MS = 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let packed: string;
const plugin = () => join(folder.path, NAME);

beforeAll(async () => {
  folder = await temporaryFolder();
  packed = await pack(ROOT, folder.path);
  const source = join(ROOT, 'test/fixtures/plugins', NAME);
  await cp(source, plugin(), { recursive: true, filter: (path) => !/\/(?:dist|node_modules)$/u.test(path) });
  await installForDevelopment(plugin(), new Map([['kiosk-consumer', packed]]));
}, MINUTE_MS);
afterAll(() => folder.remove());

test(
  'a plugin for another family of models builds against the package, and its own tests pass',
  async () => {
    const stdout = await npmRun(plugin(), 'test');
    expect(stdout).toMatch(/# pass 7\n# fail 0/u);
  },
  2 * MINUTE_MS,
);

test.each(['none', 'thread'])(
  'packed and installed, it finds cells through a models scheme of its own, with isolation %s',
  async (isolation) => {
    const project = join(folder.path, isolation);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }));
    const config = {
      plugins: [NAME],
      models: 'flow-demo:spots',
      consumers: { 'flow-cells': { isolation, steps: 100 } },
    };
    await writeFile(join(project, 'kiosk-consumer.config.json'), JSON.stringify(config));
    const archive = await pack(plugin(), folder.path);
    await installPacked(
      project,
      new Map([
        ['kiosk-consumer', packed],
        [NAME, archive],
      ]),
    );
    await writeNuclei(join(project, 'image.tif'), 120, 160);
    const bin = join(project, 'node_modules/kiosk-consumer/bin/kiosk-consumer.js');
    const { code, stderr } = await runCli(['run', 'image.tif', '--type', 'flow-cells'], { cwd: project, bin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { data, shape } = await readImage(join(project, 'results/image_labels.tif'));
    expectF1(drawNuclei(120, 160).labels, ndArray(Int32Array.from(data as Int32Array), shape), 0.9);
  },
  MINUTE_MS,
);
