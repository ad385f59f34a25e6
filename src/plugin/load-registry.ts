import type { Settings } from '../config/settings.js';
import { builtInPlugins } from './built-in.js';
import { discoverPlugins } from './discover.js';
import { createRegistry, type Registry } from './registry.js';

/** The built-in plugins and those that the settings name. @throws {KioskError} `KC_PLUGIN` */
export async function loadRegistry({
  plugins,
  baseFolder,
}: Pick<Settings, 'plugins' | 'baseFolder'>): Promise<Registry> {
  return createRegistry([...(await builtInPlugins()), ...(await discoverPlugins(plugins, baseFolder))]);
}
