import type { KioskConfig } from './kiosk-config.js';

/**
 * Gives the config file its types; returns it unchanged. Checked when it is used, together with the environment.
 *
 * ```ts
 * export default defineConfig({ broker: 'sqlite:.kiosk/jobs.db', storage: 'file:.kiosk/bucket' });
 * ```
 */
export function defineConfig(config: KioskConfig): KioskConfig {
  return config;
}
