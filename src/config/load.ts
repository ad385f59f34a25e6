import { basename, dirname, resolve } from 'node:path';
import { KioskError } from '../errors/kiosk-error.js';
import { isObject } from './flatten-config.js';
import { loadModule } from './load-module.js';
import { fileFault } from './file-fault.js';

/** What a config file holds, not yet checked beyond being an object. */
export interface LoadedConfig {
  /** Absolute path. */
  readonly file: string;
  /** Its folder, against which the paths in it resolve. */
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const EXTENSIONS = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml'] as const;
const PACKAGE_KEY = 'kiosk-consumer';

/** Names that are looked for in each folder, in this order. */
export const CONFIG_FILE_NAMES: readonly string[] = [
  ...EXTENSIONS.map((extension) => `kiosk-consumer.config.${extension}`),
  'package.json',
];

/**
 * The config file that `--config` names, or the first one found from `cwd` upwards.
 * @returns undefined if none is named and none is found
 * @throws {KioskError} `KC_CONFIG_FILE` with file, line and cause
 */
export async function loadConfig(options: {
  readonly cwd: string;
  readonly file: string | undefined;
}): Promise<LoadedConfig | undefined> {
  const explorer = await createExplorer();
  if (options.file !== undefined) {
    const file = resolve(options.cwd, options.file);
    const found = await readConfig(file, () => explorer.load(file));
    if (found) return found;
    throw new KioskError('KC_CONFIG_FILE', `${file} holds no configuration.`, {
      hint:
        basename(file) === 'package.json'
          ? `add the key "${PACKAGE_KEY}" to it`
          : 'export an object from it: export default defineConfig({ … })',
      see: 'docs/settings.md',
    });
  }
  for (let folder = resolve(options.cwd); ; folder = dirname(folder)) {
    const found = await readConfig(folder, () => explorer.search(folder));
    if (found) return found;
    if (dirname(folder) === folder) return undefined;
  }
}

function loadFile(file: string): Promise<unknown> {
  return loadModule(file);
}

async function createExplorer() {
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  return cosmiconfig('kiosk-consumer', {
    searchPlaces: [...CONFIG_FILE_NAMES],
    packageProp: PACKAGE_KEY,
    // One folder at a time: how far to climb is decided above, and no folder of the user's is looked into.
    searchStrategy: 'none',
    loaders: {
      ...defaultLoaders,
      ...Object.fromEntries(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'].map((extension) => [extension, loadFile])),
    },
  });
}

type Found = { readonly filepath: string; readonly config: unknown; readonly isEmpty?: boolean | undefined } | null;

async function readConfig(place: string, read: () => Promise<Found>): Promise<LoadedConfig | undefined> {
  let found: Found;
  try {
    found = await read();
  } catch (error) {
    throw await fileFault((error as { filepath?: string }).filepath ?? place, error);
  }
  if (!found || found.isEmpty === true || found.config === undefined) return undefined;
  if (!isObject(found.config)) {
    throw new KioskError('KC_CONFIG_FILE', `${found.filepath} does not export an object.`, {
      hint: 'write: export default defineConfig({ … })',
      see: 'docs/settings.md',
    });
  }
  return { file: found.filepath, folder: dirname(found.filepath), config: found.config };
}
