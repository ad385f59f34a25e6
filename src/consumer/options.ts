/** One option of a consumer: declared on the class, set in the config file under `consumers.<type>`, listed by `plugins list`. */
export type OptionSpec =
  | {
      readonly type: 'integer' | 'number';
      readonly summary: string;
      readonly default?: number;
      readonly min?: number;
      readonly max?: number;
      readonly unit?: string;
    }
  | { readonly type: 'boolean'; readonly summary: string; readonly default?: boolean }
  | {
      readonly type: 'string';
      readonly summary: string;
      readonly default?: string;
      readonly choices?: readonly string[];
      /** The value is a comma list of the choices. */
      readonly list?: boolean;
    }
  | { readonly type: 'object'; readonly summary: string; readonly default?: Readonly<Record<string, unknown>> };

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What every consumer can be given beside its own options: for jobs that take longer, or should be given up sooner, than others. */
export const RUNTIME_OPTIONS = {
  deadlineSeconds: {
    type: 'number',
    min: 1,
    unit: 's',
    summary: 'a job without any progress for this long is stopped; else limits.deadlineSeconds',
  },
  maxAttempts: {
    type: 'integer',
    min: 1,
    summary: 'tries of one job where a failure may pass; else limits.maxAttempts',
  },
  retryBackoffSeconds: {
    type: 'number',
    min: 0,
    unit: 's',
    summary: 'base of the pause between two tries; else limits.retryBackoffSeconds',
  },
  isolation: {
    type: 'string',
    choices: ['none', 'thread'],
    summary: 'thread: each try runs in a thread of its own, which can be ended whatever it does; else none',
  },
  memoryLimitMB: {
    type: 'integer',
    min: 16,
    unit: 'MB',
    summary: 'most memory of a try, where isolation is thread; else as much as the process may have',
  },
} as const satisfies OptionSpecs;

/** Values of options that are not known by name. */
export type OptionValues = Readonly<Record<string, unknown>>;

/** The values that a declaration makes: `OptionsOf<typeof OPTIONS>`. One without a default may be undefined. */
export type OptionsOf<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { readonly default: unknown }
    ? ValueOf<Specs[Name]>
    : ValueOf<Specs[Name]> | undefined;
};

type ValueOf<Spec extends OptionSpec> = Spec extends { readonly type: 'integer' | 'number' }
  ? number
  : Spec extends { readonly type: 'boolean' }
    ? boolean
    : Spec extends { readonly type: 'object' }
      ? Readonly<Record<string, unknown>>
      : Spec extends { readonly list: true }
        ? string
        : Spec extends { readonly choices: readonly (infer Choice)[] }
          ? Choice
          : string;

/**
 * Checks the values given for a consumer against its declaration and fills in defaults.
 * @param where how the setting is called in messages, `consumers.image`
 * @returns the values, frozen, and one sentence for each fault
 */
export function checkOptions(
  where: string,
  specs: OptionSpecs,
  given: Readonly<Record<string, unknown>>,
): { readonly values: OptionValues; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!(name in specs))
      faults.push(`${where}.${name} is not an option; there are: ${Object.keys(specs).join(', ') || 'none'}`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    if (value === undefined) continue;
    const fault = faultOf(spec, value);
    if (fault === undefined) values[name] = value;
    else faults.push(`${where}.${name} is ${JSON.stringify(value)}; ${fault}`);
  }
  return { values: Object.freeze(values), faults };
}

function faultOf(spec: OptionSpec, value: unknown): string | undefined {
  switch (spec.type) {
    case 'integer':
    case 'number': {
      if (
        typeof value !== 'number' ||
        !Number.isFinite(value) ||
        (spec.type === 'integer' && !Number.isInteger(value))
      ) {
        return `it must be ${spec.type === 'integer' ? 'a whole number' : 'a number'}`;
      }
      if (spec.min !== undefined && value < spec.min) return `it must be at least ${spec.min}`;
      if (spec.max !== undefined && value > spec.max) return `it must be at most ${spec.max}`;
      return undefined;
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'it must be true or false';
    case 'string':
      if (typeof value !== 'string') return 'it must be a text';
      return spec.choices === undefined ? undefined : choiceFault(value, spec.choices, spec.list ?? false);
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'it must be an object';
  }
}

function choiceFault(value: string, choices: readonly string[], list: boolean): string | undefined {
  const parts = list ? value.split(',').map((part) => part.trim()) : [value];
  if (parts.every((part) => choices.includes(part) || (list && part === ''))) return undefined;
  return list ? `it must be a comma list of ${choices.join(', ')}` : `it must be one of ${choices.join(', ')}`;
}
