import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { parseCard } from '../../src/models/card.js';
import { runCli } from '../support/run-cli.js';
import {
  anchorsOf,
  blocksOf,
  codeIn,
  pages,
  pageText,
  proseOf,
  relativeLinks,
  ROOT,
  tableRows,
} from '../support/pages.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PAGES = pages();
const README_LINES = 200;
/** Scripts of what `plugins create` makes; `created-plugin.test.ts` runs them. */
const SCRIPTS_OF_NEW_PACKAGES = new Set(['try']);

test('the README is short', () => {
  expect(pageText('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(README_LINES);
});

test('every page of docs stands in their index', () => {
  const listed = new Set(relativeLinks('docs/README.md').map(({ target }) => target));
  const there = PAGES.filter((page) => /^docs\/[^/]+\.md$/u.test(page) && page !== 'docs/README.md');
  expect(there.length).toBeGreaterThan(5);
  expect(there.filter((page) => !listed.has(page))).toEqual([]);
});

test.each(PAGES)('links of %s lead somewhere', (page) => {
  const dead = relativeLinks(page).filter(({ target, anchor }) => {
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(pageText(target)).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(PAGES)('files of tests that %s names are there', (page) => {
  const named = codeIn(proseOf(pageText(page))).filter((code) => /^(test|src|plugins)\/[\w./-]+\.[a-z]+$/u.test(code));
  const ownFiles = new Set(blocksOf(pageText(page)).map(({ name }) => name));
  expect(named.filter((file) => !ownFiles.has(file) && !existsSync(join(ROOT, file)))).toEqual([]);
});

test('every npm script that a page names is in package.json', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = PAGES.flatMap((page) =>
    [...pageText(page).matchAll(/\bnpm run ([\w:]+)/gu)].map(([, script]) => ({ page, script: script! })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ script }) => !(script in scripts) && !SCRIPTS_OF_NEW_PACKAGES.has(script))).toEqual([]);
});

describe('command lines', () => {
  const lines = PAGES.flatMap((page) => commandLines(page).map((line) => [line, page] as const));

  test('are found', () => {
    expect(lines.length).toBeGreaterThan(20);
  });

  test.each(lines)('%s of %s is understood', async (line) => {
    await expect(complaintAbout(words(line).slice(1))).resolves.toBeUndefined();
  });
});

describe('settings that pages name', () => {
  const settings = new Set(codeIn(pageText('docs/settings.md')));

  test('of the README are in force under these names', () => {
    const rows = tableRows(pageText('README.md'), 'in the config file');
    expect(rows.length).toBeGreaterThanOrEqual(10);
    const free = new Set(['plugins', 'consumers.<type>']);
    const named = rows.flatMap(([key = '', variable = '']) => [...codeIn(key), ...codeIn(variable)]);
    expect(named.filter((name) => !settings.has(name) && !free.has(name))).toEqual([]);
  });

  test('for the Kiosk are variables that are read, or left unread with a warning', () => {
    const named = tableRows(pageText('docs/migration.md'), 'variable').flatMap(([cell = '']) => codeIn(cell));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !settings.has(name))).toEqual([]);
  });

  test('in the example for a Kiosk cluster are understood without a word', async () => {
    const yaml = blocksOf(pageText('docs/migration.md')).find(({ language }) => language === 'yaml')!.text;
    const env = Object.fromEntries(
      [...yaml.matchAll(/^ {2}([A-Z_]+): "(.*)"$/gmu)].map(([, name, value]) => [name!, value!]),
    );
    expect(Object.keys(env).length).toBeGreaterThan(8);
    const folder = await temporaryFolder();
    const { code, stdout, stderr } = await runCli(['config', 'print'], { cwd: folder.path, env });
    await folder.remove();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/NuclearSegmentation:6\s+NUCLEAR_MODEL/u);
  });
});

test('the model card of docs/image.md fits its schema, and every key of it is explained', () => {
  const page = pageText('docs/image.md');
  const card = parseCard(blocksOf(page).find(({ name }) => name === 'metadata.json')!.text, 'metadata.json');
  const keys = Object.entries(card).flatMap(([key, value]) =>
    key === 'tiling' ? Object.keys(value as object).map((part) => `tiling.${part}`) : [key],
  );
  const explained = tableRows(page, 'key').flatMap(([cell = '']) => codeIn(cell));
  expect(explained.toSorted()).toEqual(keys.toSorted());
});

/** Command lines of a page: lines of shell blocks, and what stands between backticks. */
function commandLines(page: string): string[] {
  const text = pageText(page);
  const shell = blocksOf(text)
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => block.text.split('\n'));
  return [...shell, ...codeIn(proseOf(text))]
    .map((line) => line.replace(/^npx /u, '').replaceAll('\\|', '|').replaceAll(/[[\]]/gu, '').trim())
    .filter((line) => line.startsWith('kiosk-consumer '));
}

/** A command line as a shell takes it apart. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(([, single, double, bare]) => single ?? double ?? bare!);
}

/** What the parser has against a command line; nothing of the command is run. */
async function complaintAbout(argv: readonly string[]): Promise<string | undefined> {
  let understood = false;
  const program = createProgram({
    columns: undefined,
    writeOut: () => undefined,
    invoke: async () => void (understood = true),
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return understood ? undefined : `${basename(ROOT)} ${argv.join(' ')} does nothing`;
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? undefined : String(error);
  }
}
