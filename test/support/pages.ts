import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block: ```` ```ts name.ts ````. */
export interface Block {
  readonly language: string;
  /** What stands behind the language; undefined if nothing does. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Every page of the project, relative to its root. */
export function pages(): string[] {
  const ignore = ['**/node_modules/**', 'dist/**', 'demo-output/**', '.kiosk/**', 'coverage/**'];
  return globSync('**/*.md', { cwd: ROOT, ignore }).toSorted();
}

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Fenced blocks, also those inside list items. */
export function blocksOf(text: string): Block[] {
  const found = text.matchAll(/^(?<indent> *)```(?<language>\S*)(?: +(?<name>\S+))?\n(?<text>.*?)^\k<indent>```$/gmsu);
  return [...found].map(({ groups }) => {
    const { indent = '', language = '', name, text: body = '' } = groups!;
    return { language, name, text: body.replaceAll(new RegExp(`^${indent}`, 'gmu'), '') };
  });
}

/** The text without its fenced blocks. */
export function proseOf(text: string): string {
  return text.replaceAll(/^( *)```.*?^\1```$/gmsu, '');
}

/** The rows, cell by cell, of the table whose header begins with this cell. */
export function tableRows(text: string, firstHeader: string): string[][] {
  const lines = text.split('\n');
  const header = lines.findIndex((line) => line.startsWith(`| ${firstHeader} |`));
  if (header < 0) throw new TypeError(`no table begins with "${firstHeader}"`);
  const end = lines.findIndex((line, index) => index > header && !line.startsWith('|'));
  return lines.slice(header + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/u)
      .map((cell) => cell.trim()),
  );
}

/** What stands between backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/gu)].map(([, code]) => code!);
}

/** Relative links with the page that they stand on. */
export function relativeLinks(page: string): { readonly target: string; readonly anchor: string | undefined }[] {
  const links = [...proseOf(pageText(page)).matchAll(/\]\((?!\w+:)([^)\s]+)\)/gu)].map(([, link]) => link!);
  return links.map((link) => {
    const [path = '', anchor] = link.split('#');
    return { target: path === '' ? page : join(dirname(page), path), anchor };
  });
}

/** The anchors that a page's headings get. */
export function anchorsOf(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ +(.+)$/gmu)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/gu, '-'),
  );
}
