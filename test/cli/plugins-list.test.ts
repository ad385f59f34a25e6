import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cli, jsonLines } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PLUGIN = `
import { Consumer, definePlugin } from 'kiosk-consumer';
class Spots extends Consumer {
  static summary = 'counts spots';
  static defaultQueue = 'points';
  static queueSuffix = '-big';
  static options = {
    level: { type: 'number', min: 0, max: 1, default: 0.5, unit: 'AU', summary: 'how bright' },
    kind: { type: 'string', choices: ['a', 'b'], summary: 'which' },
  };
  async consume() { return {}; }
}
export default definePlugin({ name: 'spots', version: '3.2.1', apiVersion: 1, consumers: { spots: Spots } });
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'spots.mjs'), PLUGIN);
  await writeFile(join(folder.path, 'other.mjs'), PLUGIN.replace('apiVersion: 1', 'apiVersion: 2'));
  await config('./spots.mjs');
});
afterAll(() => folder.remove());

async function config(plugin: string): Promise<void> {
  await writeFile(join(folder.path, 'kiosk-consumer.config.json'), JSON.stringify({ plugins: [plugin] }));
}

test('shows source, version, types, queues, and options with types, bounds and defaults', async () => {
  const { code, stdout } = await cli(['plugins', 'list'], { cwd: folder.path });
  expect(code).toBe(0);
  const lines = stdout
    .slice(stdout.indexOf('spots 3.2.1'))
    .split('\n')
    .map((line) => line.trim());
  expect(lines.slice(0, 6)).toEqual([
    'spots 3.2.1  path ./spots.mjs',
    'type spots  counts spots',
    'queue points-big',
    'level  how bright (number; at least 0; at most 1; AU; default 0.5)',
    'kind   which (string; one of a, b)',
    '',
  ]);
  expect(lines).toEqual(expect.arrayContaining(['every type', expect.stringMatching(/^isolation {2,}thread: /)]));
});

test('tells a program the same, and the file', async () => {
  const { plugins, everyType } = jsonLines<{ plugins: unknown[]; everyType: { options: object } }>(
    await cli(['plugins', 'list', '--json'], { cwd: folder.path }),
  )[0]!;
  expect(plugins.at(-1)).toMatchObject({
    name: 'spots',
    version: '3.2.1',
    source: 'path',
    file: join(folder.path, 'spots.mjs'),
    types: [{ type: 'spots', queue: 'points-big', options: { level: { type: 'number', default: 0.5 } } }],
  });
  expect(Object.keys(everyType.options)).toContain('memoryLimitMB');
});

test('refuses a plugin for another version of the contract, naming both versions', async () => {
  await config('./other.mjs');
  const { code, stderr } = await cli(['plugins', 'list'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
    'The plugin "spots" (./other.mjs) does not fit: it is made for apiVersion 2, and this kiosk-consumer speaks apiVersion 1',
  );
});
