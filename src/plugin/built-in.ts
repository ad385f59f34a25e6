import { ownVersion } from '../config/own-version.js';
import type { Plugin } from './contract.js';
import type { LoadedPlugin } from './discover.js';

/** Loaded when they are asked for; each is what a stranger's plugin would be. */
const BUILT_IN: readonly { readonly name: string; readonly load: () => Promise<{ default: Plugin }> }[] = [
  { name: 'image', load: () => import('../../plugins/image/index.js') },
  { name: 'polaris', load: () => import('../../plugins/polaris/index.js') },
  { name: 'tracking', load: () => import('../../plugins/tracking/index.js') },
  { name: 'zip', load: () => import('../../plugins/zip/index.js') },
  { name: 'mesmer', load: () => import('../../plugins/mesmer/index.js') },
  { name: 'spot', load: () => import('../../plugins/spot/index.js') },
];

/** The plugins that need no entry in the config file. */
export async function builtInPlugins(): Promise<LoadedPlugin[]> {
  const version = ownVersion();
  const loaded: LoadedPlugin[] = [];
  // One after the other: the first loads all that the others share.
  for (const { name, load } of BUILT_IN) {
    const { default: plugin } = await load();
    loaded.push({ plugin, source: 'built-in', reference: name, version: plugin.version ?? version });
  }
  return loaded;
}
