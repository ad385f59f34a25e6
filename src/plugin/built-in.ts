import { readFile } from 'node:fs/promises';
import type { Plugin } from './contract.js';
import type { LoadedPlugin } from './discover.js';

/** Loaded when they are asked for; each is what a stranger's plugin would be. */
const BUILT_IN: readonly { readonly name: string; readonly load: () => Promise<{ default: Plugin }> }[] = [
  { name: 'image', load: () => import('../../plugins/image/index.js') },
];

/** The plugins that need no entry in the config file. */
export async function builtInPlugins(): Promise<LoadedPlugin[]> {
  const version = await ownVersion();
  return await Promise.all(
    BUILT_IN.map(async ({ name, load }) => {
      const { default: plugin } = await load();
      return { plugin, source: 'built-in', reference: name, version: plugin.version ?? version } as const;
    }),
  );
}

/** The version of this package, from the `package.json` above the compiled or the source file. */
export async function ownVersion(): Promise<string> {
  for (const path of ['../../../package.json', '../../package.json']) {
    const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (name === 'kiosk-consumer' && version !== undefined) return version;
  }
  return 'unknown';
}
