import { isObject } from './flatten-config.js';
import type { PluginReference } from './settings.js';

/** The parts of the config file that are no settings of the table. */
export interface FreeValues {
  readonly plugins: readonly PluginReference[];
  readonly consumers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Checks the outer form of `plugins` and `consumers`; what is in them is for the plugins to check. */
export function checkFreeKeys(config: Readonly<Record<string, unknown>>): {
  readonly values: FreeValues;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const plugins = listOf(config['plugins']);
  const consumers = config['consumers'] ?? {};
  if (plugins === undefined) faults.push('plugins must be a list of package names, paths and plugins');
  for (const [index, plugin] of (plugins ?? []).entries()) {
    if ((typeof plugin === 'string' && plugin.trim() !== '') || isObject(plugin)) continue;
    faults.push(
      `plugins[${index}] is ${JSON.stringify(plugin) ?? typeof plugin}; it must be a package name, a path, or a plugin`,
    );
  }
  if (!isObject(consumers)) faults.push('consumers must be an object: { TYPE: { OPTION: VALUE } }');
  else {
    for (const [type, options] of Object.entries(consumers)) {
      if (!isObject(options)) faults.push(`consumers.${type} must be an object: { OPTION: VALUE }`);
    }
  }
  return {
    values: {
      plugins: (plugins ?? []) as PluginReference[],
      consumers: (isObject(consumers) ? consumers : {}) as FreeValues['consumers'],
    },
    faults,
  };
}

function listOf(value: unknown): unknown[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : undefined;
}
