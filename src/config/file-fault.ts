import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KioskError } from '../errors/kiosk-error.js';

/**
 * The error for a config file that could not be read or run: where in it, and why. Messages of parsers quote the
 * lines around the fault, which may hold a secret, so only their first line is kept.
 */
export async function fileFault(file: string, error: unknown): Promise<KioskError> {
  if (error instanceof KioskError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'open') {
    return new KioskError('KC_CONFIG_FILE', `There is no file ${file}.`, {
      hint: 'give --config the path of a config file',
    });
  }
  if (code === 'EACCES' || code === 'EISDIR') {
    return new KioskError('KC_CONFIG_FILE', `${file} cannot be read: ${code}.`, {
      hint: 'give --config a file that can be read',
    });
  }
  const line = await lineOf(file, error);
  const where = line === undefined ? file : `${file}:${line}`;
  const why = reasonOf(file, error);
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(why)?.[1];
  return new KioskError(
    'KC_CONFIG_FILE',
    `${where}: ${why}`,
    { hint: missing === undefined ? `correct ${basename(file)}` : hintForMissing(missing), see: 'docs/settings.md' },
    // Errors of parsers carry the text around the fault; what the file itself threw is worth its stack.
    isParserError(error) ? {} : { cause: error },
  );
}

function isParserError(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'SyntaxError' || error.name.startsWith('JSON') || error.name.startsWith('YAML'))
  );
}

function hintForMissing(module: string): string {
  return module.startsWith('.') || module.startsWith('/')
    ? `correct the path, or add the file`
    : `install it: npm install ${module}`;
}

function reasonOf(file: string, error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const reason = (error as { reason?: unknown }).reason;
  const text = typeof reason === 'string' ? reason : withoutQuotes(error.message);
  const first = text
    .replace(/^(JSON|YAML) Error in .*:\n/, '')
    .split('\n', 1)[0]!
    .replaceAll(file, basename(file))
    .trim();
  return first.endsWith('.') ? first : `${first}.`;
}

/** JSON parsers put the text around the fault into the message: `… in JSON at position 7 while parsing near "…"`. */
function withoutQuotes(message: string): string {
  return message
    .replace(/ while parsing near .*$/s, '')
    .replace(/, "?.{0,3}".*" is not valid JSON.*$/s, ', not valid JSON');
}

/** The line at which the file is wrong: by the parser's own word, by the message, or by the place that threw. */
async function lineOf(file: string, error: unknown): Promise<number | undefined> {
  if (!(error instanceof Error)) return undefined;
  const { mark, loc } = error as { mark?: { line: number }; loc?: { line?: number } };
  if (mark) return mark.line + 1;
  if (loc?.line !== undefined) return loc.line;
  const position = / in JSON at position (\d+)/.exec(error.message)?.[1];
  if (position !== undefined) return await lineOfPosition(file, Number(position));
  const stack = `${error.message}\n${error.stack ?? ''}`;
  for (const match of stack.matchAll(/(file:\/\/[^\s)]+?|\/[^\s():]+|[A-Za-z]:\\[^\s():]+):(\d+)(?::\d+)?/g)) {
    const path = match[1]!.startsWith('file:') ? fileURLToPath(match[1]!.replace(/\?.*$/, '')) : match[1]!;
    if (path === file) return Number(match[2]);
  }
  const quoted = /\((\d+):\d+\)/.exec(error.message) ?? /at line (\d+)|\(line (\d+)/.exec(error.message);
  return quoted ? Number(quoted[1] ?? quoted[2]) : undefined;
}

async function lineOfPosition(file: string, position: number): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.slice(0, position).split('\n').length;
}
