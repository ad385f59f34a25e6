import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { installPacked, pack } from '../support/packed-project.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { ROOT } from './import-graph.js';

const PACK_TIMEOUT_MS = 60_000;

/** A plugin whose result tells whether its class is one of the very program that runs it. */
const CONSUMER = `
class Echo extends Consumer {
  static summary = 'gives back what it gets';
  static options = { suffix: { type: 'string', summary: 'put at the end', default: '' } };
  async consume(job) {
    const { key, url } = await this.upload(await this.download(job));
    if (!(this instanceof Consumer)) throw new Error('made of another Consumer');
    return { output_file_name: key, output_url: url };
  }
}`;

const PACKAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kiosk-consumer-plugin-esm': {
    'package.json': JSON.stringify({
      name: 'kiosk-consumer-plugin-esm',
      version: '1.2.3',
      type: 'module',
      exports: { import: './index.js' },
      peerDependencies: { 'kiosk-consumer': '*' },
    }),
    'index.js': `import { Consumer, definePlugin } from 'kiosk-consumer';${CONSUMER}
export default definePlugin({ name: 'kiosk-consumer-plugin-esm', apiVersion: 1, consumers: { 'echo-esm': Echo } });`,
  },
  '@scope/kiosk-consumer-plugin-cjs': {
    'package.json': JSON.stringify({
      name: '@scope/kiosk-consumer-plugin-cjs',
      version: '4.5.6',
      main: 'index.js',
      peerDependencies: { 'kiosk-consumer': '*' },
    }),
    'index.js': `'use strict';
const { Consumer, definePlugin } = require('kiosk-consumer');${CONSUMER}
module.exports = definePlugin({ name: '@scope/kiosk-consumer-plugin-cjs', apiVersion: 1, consumers: { 'echo-cjs': Echo } });`,
  },
};

const CONFIG = `
import { Consumer, defineConfig, definePlugin, type Job } from 'kiosk-consumer';

class Echo extends Consumer {
  async consume(job: Job) {
    const { key, url } = await this.upload(await this.download(job));
    return { output_file_name: key, output_url: url };
  }
}

export default defineConfig({
  plugins: [
    'kiosk-consumer-plugin-esm',
    '@scope/kiosk-consumer-plugin-cjs',
    './plugins/local',
    definePlugin({ name: 'mine', apiVersion: 1, consumers: { 'echo-inline': Echo } }),
  ],
  consumers: { 'echo-esm': { suffix: 'x' } },
});
`;

const LOCAL_PLUGIN = `
import { Consumer, definePlugin } from 'kiosk-consumer';
import { type } from './type.js';
${CONSUMER.replace('consume(job)', 'consume(job: import("kiosk-consumer").Job)')}
export default definePlugin({ name: 'local', apiVersion: 1, consumers: { [type as string]: Echo } });
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let packed: Map<string, string>;

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, files] of Object.entries(PACKAGES)) await write(join(folder.path, 'sources', name), files);
  packed = new Map([['kiosk-consumer', await pack(ROOT, folder.path)]]);
  for (const name of Object.keys(PACKAGES))
    packed.set(name, await pack(join(folder.path, 'sources', name), folder.path));
}, PACK_TIMEOUT_MS);

afterAll(() => folder.remove());

describe.each(['module', 'commonjs'])('in an empty project of type %s, with everything packed by npm', (type) => {
  let project: string;
  const cli = (...args: string[]) =>
    runCli(args, {
      cwd: project,
      bin: join(project, 'node_modules/kiosk-consumer/bin/kiosk-consumer.js'),
      env: { XDG_CACHE_HOME: join(project, '.cache') },
    });

  beforeAll(async () => {
    project = join(folder.path, type);
    await write(project, {
      'package.json': JSON.stringify({ name: 'project', private: true, type }),
      'kiosk-consumer.config.ts': CONFIG,
      'plugins/local/index.ts': LOCAL_PLUGIN,
      'plugins/local/type.ts': `export const type: string = 'echo-local';`,
      'input.txt': 'as it was',
    });
    await installPacked(project, packed);
  }, PACK_TIMEOUT_MS);

  test('plugins of all kinds are loaded by the program itself, and listed with where they come from', async () => {
    const { code, stdout, stderr } = await cli('plugins', 'list', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { plugins } = JSON.parse(stdout) as {
      plugins: { name: string; version: string | null; source: string; types: { type: string }[] }[];
    };
    const version = (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
    const builtIn = plugins.filter(({ source }) => source === 'built-in');
    expect(builtIn.map((plugin) => plugin.name)).toContain('image');
    expect(builtIn.every((plugin) => plugin.version === version)).toBe(true);
    const others = plugins.filter(({ source }) => source !== 'built-in');
    expect(
      others.map((plugin) => [plugin.name, plugin.version, plugin.source, plugin.types.map(({ type: name }) => name)]),
    ).toEqual([
      ['kiosk-consumer-plugin-esm', '1.2.3', 'package', ['echo-esm']],
      ['@scope/kiosk-consumer-plugin-cjs', '4.5.6', 'package', ['echo-cjs']],
      ['local', null, 'path', ['echo-local']],
      ['mine', null, 'inline', ['echo-inline']],
    ]);
  });

  test.each(['echo-esm', 'echo-cjs', 'echo-local', 'echo-inline'])(
    'a job of the type %s is done by a Consumer of the program itself',
    async (name) => {
      const { code, stdout, stderr } = await cli('run', 'input.txt', '--type', name, '--out', `out-${name}`, '--json');
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|warn/i) });
      expect(JSON.parse(stdout)).toMatchObject({ file: 'input.txt', status: 'done' });
    },
  );

  test('the models and the protocol files come with the package', async () => {
    const root = join(project, 'node_modules/kiosk-consumer');
    for (const path of ['plugins/image/models/nuclear-demo/1/model.onnx', 'protos'])
      expect(await stat(join(root, path))).toBeDefined();
  });
});
