import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultLoaders } from 'cosmiconfig';
import { Redis } from 'ioredis';
import { readImage } from '../../src/images/read.js';
import { writeNuclei } from '../../src/testing/nuclei.js';
import { installForDevelopment, installPacked, npmRun, pack } from '../support/packed-project.js';
import { ROOT } from '../support/pages.js';
import { startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { runCli, type CliRun } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINUTES_MS = 60_000;
const NAME = '@lab/kiosk-consumer-plugin-bright-spots';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const cli = async (...args: string[]): Promise<CliRun> => await runCli(args, { cwd: folder.path });

describe('plugins create', () => {
  let packed: string;
  const plugin = () => join(folder.path, 'plugin');

  beforeAll(async () => {
    packed = await pack(ROOT, folder.path);
    const { code, stdout } = await cli('plugins', 'create', '@lab/bright-spots', '--dir', 'plugin');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      (await readdir(plugin(), { recursive: true }))
        .filter((path) => /\.|LICENSE|Dockerfile/u.test(path))
        .map((path) => join('plugin', path))
        .toSorted(),
    );
    await installForDevelopment(plugin(), new Map([['kiosk-consumer', packed]]));
  }, MINUTES_MS);

  test(
    'makes a package that builds, and whose tests pass',
    async () => {
      const stdout = await npmRun(plugin(), 'test');
      expect(stdout).toMatch(/# pass 2\n# fail 0/u);
    },
    3 * MINUTES_MS,
  );

  test(
    'makes a configuration to try it with',
    async () => {
      await writeNuclei(join(plugin(), 'image.tif'), 120, 160);
      await symlink('../kiosk-consumer/bin/kiosk-consumer.js', join(plugin(), 'node_modules/.bin/kiosk-consumer'));
      await npmRun(plugin(), 'try', ['image.tif']);
      expect(await readdir(join(plugin(), 'results'))).toContain('image_overlay.png');
      await rm(join(plugin(), 'image.tif'));
    },
    MINUTES_MS,
  );

  test(
    'makes a package that npm packs, and that does jobs in another project',
    async () => {
      const project = join(folder.path, 'project');
      await mkdir(project);
      const archive = await pack(plugin(), folder.path);
      const { stdout: entries } = await promisify(execFile)('tar', ['-tzf', archive]);
      expect(entries.split('\n').filter((entry) => /test|\.config\./u.test(entry))).toEqual([]);
      expect(entries).toContain('package/LICENSE');
      await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }));
      await writeFile(join(project, 'kiosk-consumer.config.json'), JSON.stringify({ plugins: [NAME] }));
      await installPacked(
        project,
        new Map([
          ['kiosk-consumer', packed],
          [NAME, archive],
        ]),
      );
      await writeNuclei(join(project, 'image.tif'), 120, 160);
      const bin = join(project, 'node_modules/kiosk-consumer/bin/kiosk-consumer.js');
      const { code, stderr } = await runCli(['run', 'image.tif', '--type', 'bright-spots'], { cwd: project, bin });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { data } = await readImage(join(project, 'results/image_labels.tif'));
      expect(Math.max(...(data as Int32Array))).toBe(12);
    },
    MINUTES_MS,
  );

  test('overwrites nothing', async () => {
    const before = await readFile(join(plugin(), 'package.json'), 'utf8');
    const { code, stderr } = await cli('plugins', 'create', 'other', '--dir', 'plugin');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is there already and not empty; nothing was\s+written\.\s+try {2}give another folder with --dir/u,
    );
    expect(await readFile(join(plugin(), 'package.json'), 'utf8')).toBe(before);
  });
});

describe('a name', () => {
  test.each([
    ['Bright Spots', 'name it kiosk-consumer-plugin-bright-spots, say'],
    ['kiosk-consumer-plugin-', 'name it kiosk-consumer-plugin-'],
    ['@Lab/x', 'name it kiosk-consumer-plugin-x, say'],
    ['../x', 'name it kiosk-consumer-plugin-x, say'],
    ['x'.repeat(215), 'name it'],
    ['@lab/x/y', 'name it kiosk-consumer-plugin-x-y, say'],
  ])('like %s is refused with a hint', async (name, hint) => {
    const { code, stderr } = await cli('plugins', 'create', name);
    expect([code, stderr.replaceAll(/\s+/gu, ' ')]).toEqual([2, expect.stringContaining(hint)]);
  });

  test('of a type must be lower case', async () => {
    const { code, stderr } = await cli('plugins', 'create', 'spots', '--type', 'Bright:Spots');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--type bright-spots, say')]);
  });
});

describe('plugins deploy', () => {
  test('prints every piece that a Kiosk needs, with the names of the type', async () => {
    const { code, stdout } = await cli('plugins', 'deploy', 'zip', '--image', 'host:5000/x:2', '--queues', 'mesmer');
    expect(code).toBe(0);
    for (const text of [
      'name: "zip-consumer"',
      'repository: "host:5000/x"',
      'tag: "2"',
      'QUEUE: "predict"',
      'CONSUMER_TYPE: "zip"',
      'name: "zip_consumer_key_ratio"',
      'JOB_TYPES: "mesmer,predict"',
      'QUEUES: "mesmer,predict"',
      'predict-zip',
    ])
      expect(stdout).toContain(text);
  });

  test('prints YAML, and a script that counts what waits and what is worked on', async () => {
    const { stdout } = await cli('plugins', 'deploy', 'zip', '--json');
    const { pieces } = JSON.parse(stdout) as { pieces: { name: string; text: string }[] };
    const parse = defaultLoaders['.yaml'];
    const parsed = new Map(pieces.map(({ name, text }) => [name, parse(name, text) as Record<string, string>]));
    expect([...parsed.keys()]).toEqual(['consumer', 'exporter', 'rule', 'frontend', 'janitor', 'autoscaler']);
    expect(parsed.get('rule')).toMatchObject([{ record: 'zip_consumer_key_ratio' }]);
    if (!requireTool('redis-server')) return;
    const server = await startRedisServer();
    const redis = new Redis(server.url);
    try {
      await redis.lpush('predict-zip', 'a', 'b');
      await redis.lpush('processing-predict-zip:pod', 'c');
      expect(await redis.eval(parsed.get('exporter')!['script']!, 0)).toEqual(['predict-zip_image_keys', '3']);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  });

  test('refuses a type that nobody offers', async () => {
    const { code, stderr } = await cli('plugins', 'deploy', 'segmentaton');
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean segmentation?')]);
  });
});
