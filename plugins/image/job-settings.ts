import {
  field,
  KioskError,
  parseModelId,
  type FunctionCall,
  type Job,
  type ModelCard,
  type ModelId,
} from 'kiosk-consumer';
import type { SegmentingOptions } from './segmenting-consumer.js';

/** Which behaviour of versioned functions is meant: that of the consumers of 2020, or of 2023. */
export type Generation = '0.6.1' | '0.12.1';

/** Names and parameters of the functions of one kind. */
export interface FunctionChoice {
  readonly names: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface FunctionSources {
  readonly job: Job;
  readonly options: Partial<SegmentingOptions>;
  /** Of the environment, `NUCLEAR_PREPROCESS` and the like. */
  readonly variable: string | undefined;
  readonly card: ModelCard | undefined;
  /** Used where nothing else says. */
  readonly fallback: string;
}

/**
 * The functions that a job uses. Names: field of the hash, else option, else variable, else the model's card, else
 * the type's default. A bare name of a function that the card declares means the card's version of it. Parameters are
 * laid over each other in the opposite order, those of the card only if it names the same functions and versions.
 */
export function chooseFunctions(kind: 'preprocess' | 'postprocess', sources: FunctionSources): FunctionChoice {
  const { job, options, card } = sources;
  const asked = field(job, `${kind}_function`) ?? options[kind] ?? sources.variable;
  const declared = card?.[kind] ?? [];
  const names =
    asked === undefined
      ? declaredNames(declared, sources.fallback)
      : splitNames(asked).map((name) => asDeclared(name, declared));
  const parameters = {
    ...(sameFunctions(names, declared) ? mergedParameters(declared) : {}),
    ...options[`${kind}Options`],
    ...jsonField(job, `${kind}_options`),
  };
  return { names, parameters };
}

/**
 * The model of a job: `model_name` and `model_version` of the hash, else the one that settings name for its label.
 */
export function chooseModel(job: Job, configured: string): ModelId {
  const name = field(job, 'model_name');
  if (name === undefined) return parseModelId(configured);
  const version = field(job, 'model_version');
  return parseModelId(version === undefined ? name : `${name}:${version}`);
}

/** A number in a field. @throws {KioskError} `KC_JOB_INVALID` if it is none, or not above 0 */
export function positiveField(job: Job, name: string): number | undefined {
  const text = field(job, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new KioskError('KC_JOB_INVALID', `The field "${name}" is "${text}"; a number above 0 is accepted.`, {
    hint: `Correct it, or leave it empty.`,
  });
}

/** Positions of `channels`, each an index or undefined where it is empty: `0,,2` is [0, undefined, 2]. */
export function channelPositions(job: Job): (number | undefined)[] | undefined {
  const text = field(job, 'channels');
  if (text === undefined) return undefined;
  return text.split(',').map((part) => {
    const index = part.trim();
    if (index === '') return undefined;
    if (/^\d+$/.test(index)) return Number(index);
    throw new KioskError(
      'KC_JOB_INVALID',
      `The field "channels" is "${text}"; indices from 0, separated by commas, are accepted.`,
      {
        hint: 'Write for instance 0,1, or leave a position empty to leave it out.',
      },
    );
  });
}

function splitNames(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function declaredNames(declared: readonly FunctionCall[], fallback: string): string[] {
  return declared.length > 0 ? declared.map((call) => call.function) : [fallback];
}

/** A bare name means the version that the card declares for that function, if it does. */
function asDeclared(name: string, declared: readonly FunctionCall[]): string {
  if (name.includes('@')) return name;
  return declared.find((call) => plain(call.function.split('@')[0]!) === plain(name))?.function ?? name;
}

function sameFunctions(names: readonly string[], declared: readonly FunctionCall[]): boolean {
  return names.length === declared.length && names.every((name, i) => plain(name) === plain(declared[i]!.function));
}

function plain(name: string): string {
  return name.trim().toLowerCase().replaceAll('-', '_');
}

function mergedParameters(declared: readonly FunctionCall[]): Record<string, unknown> {
  return Object.assign({}, ...declared.map((call) => call.parameters ?? {})) as Record<string, unknown>;
}

function jsonField(job: Job, name: string): Record<string, unknown> {
  const text = field(job, name);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new KioskError('KC_JOB_INVALID', `The field "${name}" is "${text}"; a JSON object of parameters is accepted.`, {
    hint: `Write for instance {"small_objects_threshold": 15}.`,
  });
}
