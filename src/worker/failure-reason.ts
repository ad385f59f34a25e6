import { inspect } from 'node:util';
import { ERROR_CODES } from '../errors/codes.js';
import { KioskError } from '../errors/kiosk-error.js';

/** Where a job was when it failed; goes into its reason. */
export interface FailurePlace {
  readonly type: string;
  readonly attempt: number;
  readonly stage: string;
}

/** Long enough for a cause chain, short enough for a hash that is polled every few seconds. */
const LONGEST_REASON = 8_000;

/**
 * The text of a job's `reason`. The Kiosk's frontend shows only the last line, so that line is `Class: message` with
 * what was found, what is accepted and what to change; the lines above it are for whoever looks closer.
 */
export function failureReason(error: unknown, place: FailurePlace): string {
  const head = `${place.type} job failed in stage ${place.stage} of attempt ${place.attempt}${error instanceof KioskError ? ` with ${error.code}` : ''}`;
  const lines = [head, ...causeLines(error), ...detailLines(error), lastLine(error)];
  const text = lines.join('\n');
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, 200)}\n…\n${text.slice(200 - LONGEST_REASON)}`;
}

function lastLine(error: unknown): string {
  if (error instanceof KioskError) {
    const hint = error.facts.hint === undefined ? '' : ` ${sentence(error.facts.hint)}`;
    return oneLine(`${ERROR_CODES[error.code].reasonClass}: ${sentence(error.message)}${hint}`);
  }
  if (error instanceof Error) return oneLine(`${error.name}: ${error.message}`);
  return oneLine(`Error: ${inspect(error)}`);
}

function detailLines(error: unknown): string[] {
  if (error instanceof KioskError) return (error.facts.details ?? []).map((detail) => `  ${oneLine(detail)}`);
  // An error that is not ours is a fault in a plugin: its author needs to know where.
  return error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 8) : [];
}

function causeLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = causeOf(error); cause !== undefined && lines.length < 5; cause = causeOf(cause)) {
    lines.push(`caused by ${oneLine(cause instanceof Error ? `${cause.name}: ${cause.message}` : inspect(cause))}`);
  }
  return lines;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** Messages and hints are written with and without capitals and full stops; side by side they need both. Names stay. */
function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.replace(/^[a-z](?=[a-z]*\s)/, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
