import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const COMMANDS = ['consume', 'enqueue', 'run', 'inspect', 'image', 'plugins list', 'config print'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const cli = (args: string, env: Record<string, string> = {}) =>
  runCli(args === '' ? [] : args.split(' '), { cwd: folder.path, env });

describe('help', () => {
  test.each(['', ...COMMANDS])(
    'of "%s" begins with examples, fits in 80 columns and costs no error',
    async (command) => {
      const { code, stdout, stderr } = await cli(`${command} --help`.trim());
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.indexOf('Examples\n  kiosk-consumer ')).toBeGreaterThan(0);
      expect(stdout.indexOf('Examples')).toBeLessThan(stdout.indexOf('Usage'));
      expect(stdout.indexOf('Usage')).toBeLessThan(stdout.indexOf('Options'));
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stdout).not.toMatch(/[ \t]\n|<|>/);
    },
  );

  test('names every command, and -h is the same', async () => {
    const [long, short] = await Promise.all([cli('--help'), cli('-h')]);
    for (const command of COMMANDS) expect(long.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(short.stdout).toBe(long.stdout);
  });

  test('loads none of the heavy packages', async () => {
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(REPORT_LOADED_PACKAGES)}` };
    const { stderr } = await cli('--help', env);
    expect(stderr.trim().split(' ')).toEqual(['commander']);
  });
});

/** Prints the packages of all modules that a process has loaded; CommonJS ones are kept in `require.cache`. */
const REPORT_LOADED_PACKAGES = `
  import { createRequire, register } from 'node:module';
  import { writeSync } from 'node:fs';
  const { cache } = createRequire('/');
  process.on('exit', () => {
    const names = Object.keys(cache).map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
    writeSync(2, [...new Set(names.filter(Boolean))].join(' '));
  });
`;

describe('without a command', () => {
  test('help is shown', async () => {
    const { code, stdout } = await cli('');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage\n  kiosk-consumer COMMAND');
  });

  test('in a container it consumes what CONSUMER_TYPE says', async () => {
    const { code, stderr } = await cli('', {
      CONSUMER_TYPE: 'imge',
      BROKER_URL: 'sqlite:jobs.db',
      STORAGE_BUCKET: 'file:bucket',
    });
    expect(stderr).toContain('error KC_TYPE_UNKNOWN  No plugin offers the type "imge".');
    expect(stderr).toContain('did you mean image?');
    expect(code).toBe(2);
  });
});

describe('a command line that is not understood', () => {
  test.each([
    ['imspect', 'Unknown command "imspect".', 'did you mean inspect?'],
    ['plugins lst', 'Unknown command "lst".', 'did you mean list?'],
    ['inspect --wach', 'Unknown option "--wach".', 'did you mean --watch?'],
    ['config print --lgo-level debug', 'Unknown option "--lgo-level".', 'did you mean --log-level?'],
    ['image', 'Missing required argument "FILE".', 'kiosk-consumer image --help'],
    [
      'consume now',
      'Too many arguments for "consume". Expected 0 arguments but got 1.',
      'kiosk-consumer consume --help',
    ],
    ['consume --type', 'Option "--type TYPE" argument missing.', 'kiosk-consumer consume --help'],
    ['enqueue a.tif --set scale', '"scale" is no field with a value.', 'write --set FIELD=VALUE'],
  ])('"%s" ends with 2, says what is wrong, and what was meant', async (args, message, hint) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error KC_USAGE  ${message}\n`);
    expect(stderr).toContain(`  try  ${hint}`);
  });

  test('is one JSON object on stderr with --json', async () => {
    const { code, stdout, stderr } = await cli('inspect --wach --json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'KC_USAGE',
        message: 'Unknown option "--wach".',
        hint: 'did you mean --watch? Else: kiosk-consumer inspect --help',
        exit: 2,
      },
    });
  });
});

test('--version prints the version', async () => {
  const { code, stdout } = await cli('--version');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});
