import { stat } from 'node:fs/promises';
import { extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultExport, loadModule } from '../config/load-module.js';
import type { PluginReference } from '../config/settings.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { Plugin } from './contract.js';
import { packageOf } from './package-of.js';
import { validatePlugin } from './validate.js';

/** A plugin with the place that it was loaded from. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly source: 'built-in' | 'package' | 'path' | 'inline';
  /** How the config file names it; for an inline plugin its own name. */
  readonly reference: string;
  /** The plugin's own word, else the one of its package. */
  readonly version: string | undefined;
  /** The module that exports it; undefined for an inline plugin and for those built in. */
  readonly file?: string;
}

/**
 * Loads the plugins that the config file names, in that order. Nothing else is ever loaded.
 * @param folder folder of the config file: paths and packages are looked for from there
 * @throws {KioskError} `KC_PLUGIN` that names the plugin; with several faulty ones, all of them
 */
export async function discoverPlugins(references: readonly PluginReference[], folder: string): Promise<LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = [];
  const failures: KioskError[] = [];
  for (const reference of references) {
    try {
      loaded.push(typeof reference === 'string' ? await loadNamed(reference, folder) : inline(reference));
    } catch (error) {
      if (!(error instanceof KioskError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0]!;
  if (failures.length > 1) {
    throw new KioskError('KC_PLUGIN', `${failures.length} plugins cannot be loaded.`, {
      details: failures.flatMap(({ message, facts }) => [message].concat(facts.details ?? [])),
      hint: 'correct them, or take them out of "plugins" in the config file',
      see: 'docs/plugins.md',
    });
  }
  return loaded;
}

function inline(plugin: Plugin): LoadedPlugin {
  const name = typeof plugin.name === 'string' ? plugin.name : 'inline plugin';
  const checked = validatePlugin(name, plugin);
  return { plugin: checked, source: 'inline', reference: name, version: checked.version };
}

async function loadNamed(reference: string, folder: string): Promise<LoadedPlugin> {
  const isPath = reference.startsWith('.') || isAbsolute(reference);
  const file = isPath ? await findFile(reference, folder) : await findPackage(reference, folder);
  let exported: unknown;
  try {
    exported = await loadModule(file);
  } catch (error) {
    throw loadFailure(reference, file, error);
  }
  const plugin = validatePlugin(reference, defaultExport(exported));
  const version = plugin.version ?? (isPath ? undefined : (await packageOf(file))?.version);
  return { plugin, source: isPath ? 'path' : 'package', reference, version, file };
}

/** A file, with or without its extension, or a folder with an `index` in it. */
async function findFile(reference: string, folder: string): Promise<string> {
  const path = resolve(folder, reference);
  const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs'];
  const candidates = [
    path,
    ...extensions.map((extension) => path + extension),
    ...extensions.map((extension) => join(path, `index${extension}`)),
  ];
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile() && extname(candidate) !== '') return candidate;
  }
  throw new KioskError('KC_PLUGIN', `The plugin "${reference}" was not found at ${path}.`, {
    hint: 'give the path of its file, relative to the config file',
    see: 'docs/plugins.md',
  });
}

/** The file that `import` of this package means for a module in `folder`. */
async function findPackage(name: string, folder: string): Promise<string> {
  const { createJiti } = await import('jiti');
  try {
    return fileURLToPath(createJiti(join(folder, 'kiosk-consumer.config.js')).esmResolve(name));
  } catch (error) {
    throw new KioskError(
      'KC_PLUGIN',
      `The plugin package "${name}" was not found from ${folder}.`,
      { hint: `install it: npm install ${name}; for a file, begin its path with "./"`, see: 'docs/plugins.md' },
      { cause: error },
    );
  }
}

function loadFailure(reference: string, file: string, error: unknown): KioskError {
  const why = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]}` : String(error);
  return new KioskError(
    'KC_PLUGIN',
    `The plugin "${reference}" cannot be loaded: ${why}`,
    {
      details: [`file  ${file}`],
      hint: 'correct it, or take it out of "plugins" in the config file',
      see: 'docs/plugins.md',
    },
    { cause: error },
  );
}
