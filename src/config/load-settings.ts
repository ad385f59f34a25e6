import { loadDotenv } from './dotenv.js';
import { loadConfig } from './load.js';
import { resolveSettings, type ResolvedSettings, type ResolveInput } from './resolve.js';

export interface LoadOptions extends Pick<ResolveInput, 'cwd' | 'environment' | 'flags' | 'mode'> {
  /** `--config`; undefined: looked for from `cwd` upwards. */
  readonly configFile: string | undefined;
}

/**
 * Finds and reads the config file and `.env`, and resolves all settings.
 * @throws {KioskError} `KC_CONFIG_FILE`, or `KC_CONFIG` with every fault
 */
export async function loadSettings(options: LoadOptions): Promise<ResolvedSettings> {
  const config = await loadConfig({ cwd: options.cwd, file: options.configFile });
  const dotenv = await loadDotenv(config?.folder ?? options.cwd);
  return resolveSettings({ ...options, config, dotenv });
}
