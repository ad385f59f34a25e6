import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** TypeScript is translated as it is loaded; these are tried as they are first. */
const NATIVE_EXTENSIONS = new Set(['.js', '.mjs', '.cjs']);

/** What a module says that needs translation, or our own package where it is not installed beside the file. */
const NEEDS_TRANSLATION = new Set([
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'MODULE_NOT_FOUND',
  'ERR_REQUIRE_ESM',
]);

/**
 * The default export (or `module.exports`) of a JavaScript or TypeScript file outside this package: a config file or
 * a plugin. TypeScript needs no build step, whatever the kind of package it stands in. `import … from 'kiosk-consumer'`
 * inside it means the modules of this very process, so that classes made there are `instanceof` ours, also where the
 * package is installed elsewhere or twice.
 */
export async function loadModule(file: string): Promise<unknown> {
  if (NATIVE_EXTENSIONS.has(extname(file))) {
    try {
      return defaultExport(await import(pathToFileURL(file).href));
    } catch (error) {
      if (!NEEDS_TRANSLATION.has((error as NodeJS.ErrnoException)?.code ?? '')) throw error;
    }
  }
  return defaultExport(await loadTranslated(file));
}

async function loadTranslated(file: string): Promise<unknown> {
  const [{ createJiti }, entry] = await Promise.all([import('jiti'), import('../index.js')]);
  const jiti = createJiti(file, {
    virtualModules: { 'kiosk-consumer': { ...entry } },
    // A folder of our own: what lies in a temporary folder shared by all users could be planted there.
    fsCache: join(cacheFolder(), 'kiosk-consumer', 'translated'),
  });
  return await jiti.import(file);
}

function cacheFolder(): string {
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
}

/** Also what compilers make of `export default` in CommonJS: `{ __esModule: true, default }`. */
export function defaultExport(module: unknown): unknown {
  let found = module;
  for (let depth = 0; depth < 2; depth++) {
    if (typeof found !== 'object' || found === null || !('default' in found)) break;
    found = found.default;
  }
  return found;
}
