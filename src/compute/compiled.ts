/** Sources under test run as TypeScript, which threads of Node 20 cannot; their compiled twins stand in `dist`. */
const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');
const ROOT = new URL('../../', import.meta.url).href;

/**
 * The module that a thread can load for `module`: itself, or, when this program runs from its TypeScript sources,
 * its twin under `dist`. Modules outside the program (a plugin's own) stay as they are.
 */
export function compiled(module: URL): URL {
  const own = ['src/', 'plugins/'].some((folder) => module.href.startsWith(ROOT + folder));
  if (!RUNS_FROM_SOURCE || !own) return module;
  return new URL(`${ROOT}dist/${module.href.slice(ROOT.length).replace(/\.ts$/, '.js')}`);
}
