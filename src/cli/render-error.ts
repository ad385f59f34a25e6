import { ERROR_CODES } from '../errors/codes.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { Style } from './style.js';
import { wrap } from './wrap.js';

export interface RenderOptions {
  readonly style: Style;
  /** With stacks. */
  readonly verbose: boolean;
  /** Columns to wrap at. */
  readonly width: number;
}

/** How deep a chain of causes is told. */
const MAX_CAUSES = 5;

/** What an error is to a command: our own, or a fault of the program. */
export function asKioskError(error: unknown): KioskError {
  if (error instanceof KioskError) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new KioskError(
    'KC_INTERNAL',
    `The program broke one of its own rules: ${text}`,
    {
      hint: 'report it with the output of the same command with --verbose',
    },
    { cause: error },
  );
}

export function exitCodeOf(error: unknown): number {
  return ERROR_CODES[asKioskError(error).code].exit;
}

/**
 * An error for a person: code and message, details, the way out, where to read on, and what caused it.
 *
 * ```text
 * error KC_TYPE_UNKNOWN  No plugin offers the type "imge".
 *   there are: image, segmentation
 *   try  did you mean image?
 *   see  docs/plugins.md
 * ```
 */
export function renderError(error: unknown, { style, verbose, width }: RenderOptions): string {
  const known = asKioskError(error);
  const lines = wrap(`error ${known.code}  ${known.message}`, width, '  ');
  lines[0] = lines[0]!.replace(`error ${known.code}`, `${style.red(style.bold('error'))} ${style.bold(known.code)}`);
  for (const detail of known.facts.details ?? []) lines.push(...wrap(`  ${detail}`, width, '    '));
  for (const cause of causesOf(known)) lines.push(...wrap(`  because  ${cause}`, width, '           '));
  if (known.facts.hint !== undefined) lines.push(...labelled('try', known.facts.hint, width, style));
  if (known.facts.see !== undefined) lines.push(...labelled('see', known.facts.see, width, style));
  if (verbose) lines.push(...stacksOf(known).map((line) => style.dim(line)));
  return lines.join('\n');
}

/** An error for a program. */
export function errorAsJson(error: unknown, verbose: boolean): Record<string, unknown> {
  const known = asKioskError(error);
  const { details, hint, see } = known.facts;
  const causes = causesOf(known);
  return {
    error: {
      code: known.code,
      message: known.message,
      ...(details === undefined ? {} : { details }),
      ...(hint === undefined ? {} : { hint }),
      ...(see === undefined ? {} : { see }),
      ...(causes.length === 0 ? {} : { causes }),
      exit: ERROR_CODES[known.code].exit,
      ...(verbose ? { stack: stacksOf(known).map((line) => line.trim()) } : {}),
    },
  };
}

/** The messages of the chain of causes; one that repeats what was said already is left out. */
function causesOf(error: KioskError): string[] {
  const told: string[] = [];
  let said = error.message;
  let { cause } = error;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined && cause !== null; depth++) {
    const message =
      cause instanceof Error
        ? firstLine(cause.message) || cause.name
        : firstLine(typeof cause === 'string' ? cause : JSON.stringify(cause));
    if (!said.includes(message)) told.push(message);
    said += message;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return told;
}

function stacksOf(error: Error): string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth <= MAX_CAUSES && current instanceof Error; depth++) {
    lines.push(`  ${depth === 0 ? '' : 'cause: '}${firstLine(String(current))}`);
    const frames = (current.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    lines.push(...frames.map((frame) => `    ${frame.trim()}`));
    current = current.cause;
  }
  return lines;
}

function labelled(label: string, text: string, width: number, style: Style): string[] {
  const lines = wrap(`  ${label}  ${text}`, width, '       ');
  lines[0] = lines[0]!.replace(label, style.cyan(label));
  return lines;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
