import type { ParameterValue, ParameterValues } from './parameter.js';

/** What {@link toOptions} makes of a value: arrays and plain values stay, objects are converted as well. */
type Option = Exclude<ParameterValue, null | ParameterValues> | { readonly [name: string]: Option };

/**
 * Parameters as a function's options: `small_objects_threshold` becomes `smallObjectsThreshold`, and what is `null` is
 * left away, so that the function's own default holds.
 */
export function toOptions(parameters: ParameterValues): { readonly [name: string]: Option } {
  const options: Record<string, Option> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) continue;
    options[camelCase(name)] = isObject(value) ? toOptions(value) : value;
  }
  return options;
}

function isObject(value: ParameterValue): value is ParameterValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
