import { KioskError } from '../errors/kiosk-error.js';
import { nearestName } from '../errors/nearest-name.js';
import type { Parameter } from './functions/parameter.js';
import { POSTPROCESS_FUNCTIONS } from './functions/postprocess-functions.js';
import { PREPROCESS_FUNCTIONS } from './functions/preprocess-functions.js';
import type {
  FunctionKind,
  FunctionVariant,
  PostprocessRun,
  PreprocessRun,
  ProcessingFunction,
} from './functions/processing-function.js';

export { checkParameters } from './functions/check-parameters.js';
export type { Parameter, ParameterValue, ParameterValues } from './functions/parameter.js';
export type { FunctionKind, PostprocessRun, PreprocessRun } from './functions/processing-function.js';

/** Whose numbers a bare name means: those of the original's consumer of 2020, or of 2023. */
export type Generation = '0.6.1' | '0.12.1';

interface RunOf {
  readonly preprocess: PreprocessRun;
  readonly postprocess: PostprocessRun;
}

/** A function that a name was resolved to. */
export interface FunctionEntry<Kind extends FunctionKind = FunctionKind> {
  readonly kind: Kind;
  readonly name: string;
  /** Name and version, `deep_watershed@0.6.1`; resolves to this entry whatever the generation. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** All versions there are; empty where all releases agree. */
  readonly versions: readonly string[];
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** Takes boxes, scores, labels and masks, not only maps of pixels. */
  readonly takesDetections: boolean;
  /**
   * Runs it with parameters from `checkParameters`; inputs stay unmodified, and may be part of the result.
   * @throws {KioskError} `KC_FUNCTION_FAILED` if the input or a parameter does not suit the function
   */
  readonly run: RunOf[Kind];
}

const TABLES: Readonly<Record<FunctionKind, readonly ProcessingFunction[]>> = {
  preprocess: PREPROCESS_FUNCTIONS,
  postprocess: POSTPROCESS_FUNCTIONS,
};

/**
 * Finds a function by the name that a job's hash gives: any case, `-` or `_`, aliases, with or without `@version`.
 * @param options.generation decides what a bare name with versions means. Default 0.12.1
 * @throws {KioskError} `KC_FUNCTION_UNKNOWN` with the names there are, and the one that was likely meant
 */
export function findFunction<Kind extends FunctionKind>(
  kind: Kind,
  name: string,
  options: { readonly generation?: Generation } = {},
): FunctionEntry<Kind> {
  const [bare, version] = splitName(name);
  const found = TABLES[kind].find((candidate) => candidate.name === bare || candidate.aliases.includes(bare));
  if (!found) throw unknownFunction(kind, name, bare);
  const variant = chooseVariant(found, version ?? options.generation ?? '0.12.1', version !== undefined);
  if (!variant) throw unknownVersion(kind, name, found);
  return toEntry(kind, found, variant);
}

/** Every function of a kind in every version, for tables and completions. */
export function listFunctions<Kind extends FunctionKind>(kind: Kind): FunctionEntry<Kind>[] {
  return TABLES[kind].flatMap((found) => found.variants.map((variant) => toEntry(kind, found, variant)));
}

function splitName(name: string): [bare: string, version: string | undefined] {
  const [bare = '', ...version] = name.trim().toLowerCase().split('@');
  return [
    bare.trim().replaceAll('-', '_'),
    version.length > 0 ? version.join('@').trim().replace(/^v/, '') : undefined,
  ];
}

function chooseVariant(
  { variants }: ProcessingFunction,
  version: string,
  explicit: boolean,
): FunctionVariant<PreprocessRun | PostprocessRun> | undefined {
  const exact = variants.find((variant) => variant.version === version);
  if (exact) return exact;
  const last = variants.at(-1);
  // Where all releases agree, naming one that is known elsewhere does no harm.
  if (last && last.version === undefined) return KNOWN_VERSIONS.has(version) ? last : undefined;
  return explicit ? undefined : last;
}

const KNOWN_VERSIONS: ReadonlySet<string> = new Set(
  Object.values(TABLES).flatMap((table) => table.flatMap(({ variants }) => variants.flatMap((v) => v.version ?? []))),
);

function toEntry<Kind extends FunctionKind>(
  kind: Kind,
  { name, aliases, summary, variants, takesDetections = false }: ProcessingFunction,
  variant: FunctionVariant<PreprocessRun | PostprocessRun>,
): FunctionEntry<Kind> {
  const id = variant.version === undefined ? name : `${name}@${variant.version}`;
  return {
    kind,
    name,
    id,
    aliases,
    versions: variants.flatMap(({ version }) => version ?? []),
    summary,
    parameters: variant.parameters,
    takesDetections,
    run: guarded(id, variant.run as RunOf[Kind]),
  };
}

/** The kernels throw `RangeError` and `TypeError`; outside, both mean that the input does not suit the function. */
function guarded<Run extends PreprocessRun | PostprocessRun>(id: string, run: Run): Run {
  const call = run as (input: never, parameters: never) => unknown;
  return ((input: never, parameters: never) => {
    try {
      return call(input, parameters);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      throw new KioskError(
        'KC_FUNCTION_FAILED',
        // Kernels begin with their own name, which says nothing to the writer of a job.
        `${id}: ${error.message.replace(/^\w+: /, '')}`,
        { hint: 'choose another function, or a model and parameters that fit this one' },
        { cause: error },
      );
    }
  }) as Run;
}

function unknownFunction(kind: FunctionKind, name: string, bare: string): KioskError {
  const names = TABLES[kind].flatMap((found) => [found.name, ...found.aliases]);
  const nearest = nearestName(bare, names);
  return new KioskError(
    'KC_FUNCTION_UNKNOWN',
    `there is no ${kind}ing function "${name}"${nearest ? `; did you mean ${nearest}?` : ''}; ${names.join(', ')} are accepted`,
    {
      hint: nearest ? `write ${nearest} for ${name}` : 'write one of the names, or none',
      details: TABLES[kind].map((found) => `${found.name}: ${found.summary}`),
    },
  );
}

function unknownVersion(kind: FunctionKind, name: string, found: ProcessingFunction): KioskError {
  const ids = found.variants.map((variant) => toEntry(kind, found, variant).id);
  return new KioskError(
    'KC_FUNCTION_UNKNOWN',
    `there is no ${kind}ing function "${name}"; of ${found.name}, ${ids.join(', ')} ${ids.length > 1 ? 'are' : 'is'} accepted`,
    { hint: `write ${ids.at(-1)!} for ${name}, or leave the version away` },
  );
}
