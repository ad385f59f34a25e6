import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const cli = (args: readonly string[], env: Record<string, string> = {}, cwd = '.') =>
  runCli(args, { cwd: join(folder.path, cwd), env: { XDG_CACHE_HOME: join(folder.path, 'cache'), ...env } });

async function print(env: Record<string, string> = {}, cwd = '.', args: readonly string[] = []) {
  const { code, stdout, stderr } = await cli(['config', 'print', '--json', ...args], env, cwd);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { configFile, settings } = JSON.parse(stdout) as { configFile: string | null; settings: Row[] };
  const row = (key: string) => {
    const { value, origin } = settings.find((setting) => setting.key === key)!;
    return [value, origin];
  };
  return { configFile, row };
}

describe('the config file', () => {
  const CONTENTS: readonly (readonly [name: string, text: string])[] = [
    [
      'kiosk-consumer.config.ts',
      `import { defineConfig } from 'kiosk-consumer';\nenum Queue { Mine = 'mine' }\nexport default defineConfig({ queue: Queue.Mine as string });`,
    ],
    [
      'kiosk-consumer.config.mts',
      `import { defineConfig } from 'kiosk-consumer';\nconst queue: string = await Promise.resolve('mine');\nexport default defineConfig({ queue });`,
    ],
    ['kiosk-consumer.config.js', `module.exports = { queue: 'mine' };`],
    [
      'kiosk-consumer.config.mjs',
      `import { defineConfig } from 'kiosk-consumer';\nexport default defineConfig({ queue: 'mine' });`,
    ],
    ['kiosk-consumer.config.cjs', `module.exports = { queue: 'mine' };`],
    ['kiosk-consumer.config.json', `{ "queue": "mine" }`],
    ['kiosk-consumer.config.yaml', `queue: mine\n`],
    ['kiosk-consumer.config.yml', `queue: mine\n`],
    ['package.json', `{ "name": "x", "kiosk-consumer": { "queue": "mine" } }`],
  ];

  test.each(CONTENTS)('may be %s', async (name, text) => {
    await write({ [name]: text });
    const { configFile, row } = await print();
    expect(configFile).toBe(join(folder.path, name));
    expect(row('queue')).toEqual(['mine', name]);
  });

  test('in TypeScript may import other files, in an ESM and in a CommonJS package, with no build step', async () => {
    for (const type of ['module', 'commonjs']) {
      await write({
        'package.json': JSON.stringify({ name: 'x', type }),
        'queue.ts': `export const queue: string = '${type}';`,
        'kiosk-consumer.config.ts': `import { defineConfig } from 'kiosk-consumer';\nimport { queue } from './queue.js';\nexport default defineConfig({ queue });`,
      });
      expect((await print()).row('queue')).toEqual([type, 'kiosk-consumer.config.ts']);
    }
  });

  test('is looked for upwards, and --config names another', async () => {
    await write({
      'kiosk-consumer.config.json': '{ "queue": "above" }',
      'deep/er/package.json': '{ "name": "x" }',
      'other.json': '{ "queue": "other" }',
    });
    expect((await print({}, 'deep/er')).row('queue')).toEqual(['above', 'kiosk-consumer.config.json']);
    expect((await print({}, 'deep/er', ['--config', '../../other.json'])).row('queue')).toEqual([
      'other',
      'other.json',
    ]);
  });

  test.each([
    ['kiosk-consumer.config.ts', 'export default {\n  queue: "a"\n  broker: geheim,\n};', 3],
    ['kiosk-consumer.config.ts', 'const a = 1;\n\nthrow new TypeError("no such thing");', 3],
    ['kiosk-consumer.config.mjs', 'export default {};\nconst password = "geheim";\nnull.x;', 3],
    ['kiosk-consumer.config.json', '{\n  "queue": "a",\n  "password": "geheim"\n  "broker": 1\n}', 4],
    ['kiosk-consumer.config.yaml', 'queue: a\npassword: geheim\n  broker: x\n', 3],
  ])('%s that cannot be read is told with its line and without the text around it', async (name, text, line) => {
    await write({ [name]: text });
    const { code, stdout, stderr } = await cli(['config', 'print']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replaceAll(/\n {2,}/g, ' ')).toMatch(new RegExp(`error KC_CONFIG_FILE +\\S*${name}:${line}: \\S+`));
    expect(stderr).not.toContain('geheim');
  });

  test('that --config names and that is not there is told by its path', async () => {
    const { code, stderr } = await cli(['config', 'print', '--config', 'nowhere.ts']);
    expect(code).toBe(2);
    expect(stderr.replaceAll(/\n {2,}/g, ' ')).toContain(`There is no file ${join(folder.path, 'nowhere.ts')}.`);
  });

  test('that exports no object is told so', async () => {
    await write({ 'kiosk-consumer.config.mjs': 'export default "queue";' });
    const { code, stderr } = await cli(['config', 'print']);
    expect(code).toBe(2);
    expect(stderr.replaceAll(/\n {2,}/g, ' ')).toContain('does not export an object');
  });

  test('that imports what is not installed is told the package', async () => {
    await write({ 'kiosk-consumer.config.ts': 'import x from "kiosk-consumer-plugin-nowhere";\nexport default x;' });
    const { code, stderr } = await cli(['config', 'print']);
    expect(code).toBe(2);
    expect(stderr).toContain('npm install kiosk-consumer-plugin-nowhere');
  });
});

describe('.env', () => {
  test('stands beside the config file, and never overrides the environment', async () => {
    await write({
      'kiosk-consumer.config.json': '{}',
      '.env': 'QUEUE=dotenv\nMAX_RETRY=7 # seven\n',
      'below/.env': 'QUEUE=below\n',
    });
    expect((await print({}, 'below')).row('queue')).toEqual(['dotenv', 'QUEUE (.env)']);
    const { row } = await print({ QUEUE: 'environment' }, 'below');
    expect(row('queue')).toEqual(['environment', 'QUEUE']);
    expect(row('models.maxRetries')).toEqual([7, 'MAX_RETRY (.env)']);
  });

  test('stands in the working directory where there is no config file', async () => {
    await write({ 'below/.env': 'REDIS_HOST=redis\n' });
    expect((await print({}, 'below')).row('broker')).toEqual(['redis://redis:6379', 'REDIS_HOST (.env)']);
  });
});

describe('secrets', () => {
  const SECRETS: Record<string, string> = {
    BROKER_URL: 'redis://user:hunter2@127.0.0.1:1/0',
    AWS_ACCESS_KEY_ID: 'AKIAhunter2',
    AWS_SECRET_ACCESS_KEY: 'hunter2/secret',
    AWS_SESSION_TOKEN: 'hunter2token',
  };

  test.each([
    [['config', 'print']],
    [['config', 'print', '--json']],
    [['inspect', '--verbose']],
    [['inspect', '--verbose', '--json']],
    [['config', 'print', '--log-level', 'redis://:hunter2@x', '--verbose']],
  ])('never reach stdout or stderr of %j', async (args) => {
    const { stdout, stderr } = await cli(args, SECRETS);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stdout + stderr).not.toBe('');
  });

  test('are shown as stars', async () => {
    const { row } = await print(SECRETS);
    expect(row('broker')).toEqual(['redis://user:***@127.0.0.1:1/0', 'BROKER_URL']);
    expect(row('AWS_SECRET_ACCESS_KEY')).toEqual(['***', 'AWS_SECRET_ACCESS_KEY']);
  });
});

test('all faults are told together, and nothing is printed', async () => {
  await write({ 'kiosk-consumer.config.json': '{ "quue": "x" }', '.env': 'MAX_RETRY=five\n' });
  const { code, stdout, stderr } = await cli(['config', 'print'], { CLOUD_PROVIDER: 'azure' });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(
    [
      'error KC_CONFIG  3 settings are wrong.',
      '  MAX_RETRY (.env) is "five"; it must be a whole number',
      '  CLOUD_PROVIDER is "azure"; it must be one of aws, gke',
      '  kiosk-consumer.config.json: quue is not a setting; did you mean queue?',
      '  try  correct them and start again',
      '  see  docs/settings.md',
      '',
    ].join('\n'),
  );
});

test('the table has one line for each setting, with its origin', async () => {
  const { code, stdout } = await cli(['config', 'print', '--models', 'grpc://tf:8500'], { QUEUE: 'mine' });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^config file {2}none$/m);
  expect(stdout).toMatch(/^queue +mine +QUEUE$/m);
  expect(stdout).toMatch(/^models +grpc:\/\/tf:8500 +--models$/m);
  expect(stdout).toMatch(/^concurrency +1 +default$/m);
});
