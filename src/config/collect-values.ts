import { maskUrls, MASK } from './mask.js';
import { DEFAULT_ORIGIN, tellOrigin, type Origin } from './origin.js';
import { checkTyped, parseText, type Parsed } from './parse-value.js';
import type { Setting, SettingValue } from './setting.js';

/** Where values are looked for. */
export interface ValueSources {
  /** By flag name, `--queue`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dotenv: Readonly<Record<string, string>>;
  /** By key. */
  readonly file: ReadonlyMap<string, unknown>;
  /** How the file is called in messages. */
  readonly fileName: string;
}

export interface FoundValue {
  /** Undefined: not set, or not understood. */
  readonly value: SettingValue | undefined;
  /** The layer `default` where it is not set. */
  readonly origin: Origin;
}

/** What was found for some settings, with everything that is wrong, one sentence each. */
export interface FoundValues {
  readonly values: ReadonlyMap<string, FoundValue>;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Looks each setting up in all sources, the strongest first: flag, environment, `.env`, file. Defaults come later. */
export function collectValues(settings: readonly Setting[], sources: ValueSources): FoundValues {
  const values = new Map<string, FoundValue>();
  const faults: string[] = [];
  const warnings: string[] = [];
  for (const setting of settings) {
    const candidates = candidatesOf(setting, sources);
    const [first] = candidates;
    if (first === undefined) {
      values.set(setting.key, { value: undefined, origin: DEFAULT_ORIGIN });
      continue;
    }
    const parsed = read(setting, first);
    values.set(setting.key, { value: 'value' in parsed ? parsed.value : undefined, origin: first.origin });
    if ('accepted' in parsed) faults.push(tellFault(setting, first, parsed.accepted));
    const rival = candidates.find(({ origin, raw }) => origin.layer === first.origin.layer && raw !== first.raw);
    if (rival) warnings.push(`${tellOrigin(first.origin)} is used; ${tellOrigin(rival.origin)} says something else`);
  }
  return { values, faults, warnings };
}

interface Candidate {
  readonly raw: unknown;
  readonly origin: Origin;
}

function candidatesOf(setting: Setting, { flags, environment, dotenv, file, fileName }: ValueSources): Candidate[] {
  const candidates: Candidate[] = [];
  const add = (raw: unknown, layer: Origin['layer'], name: string) => {
    if (raw !== undefined) candidates.push({ raw, origin: { layer, name } });
  };
  if (setting.flag !== undefined) add(flags[setting.flag], 'flag', setting.flag);
  for (const name of setting.env) add(given(setting, environment[name]), 'environment', name);
  for (const name of setting.env) add(given(setting, dotenv[name]), '.env', name);
  if (setting.inFile !== false) add(file.get(setting.key), 'file', fileName);
  return candidates;
}

/** An empty variable counts as not set, as charts write them; for a boolean it means false, as the original has it. */
function given(setting: Setting, text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === setting.unsetText) return undefined;
  return text.trim() === '' && setting.type !== 'boolean' ? undefined : text;
}

function read(setting: Setting, { raw, origin }: Candidate): Parsed {
  return origin.layer === 'file' ? checkTyped(setting, raw) : parseText(setting, String(raw));
}

function tellFault(setting: Setting, { raw, origin }: Candidate, accepted: string): string {
  const shown = setting.secret
    ? MASK
    : shorten(masked(setting, typeof raw === 'string' ? JSON.stringify(raw) : describe(raw)));
  const from = origin.layer === 'file' ? `${setting.key} in ${origin.name}` : tellOrigin(origin);
  return `${from} is ${shown}; it must be ${accepted}`;
}

/** A URL that is not understood may hold a password in any place before its `@`. */
function masked(setting: Setting, text: string): string {
  const known = maskUrls(text);
  return setting.type === 'url' && known === text ? text.replace(/^"?.*@/, `"${MASK}@`) : known;
}

function describe(raw: unknown): string {
  return typeof raw === 'function' ? 'a function' : (JSON.stringify(raw) ?? String(raw));
}

const LONGEST_SHOWN = 120;

function shorten(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}
