import { basename } from 'node:path';
import { MASK } from './mask.js';
import { DEFAULT_ORIGIN, tellOrigin, type Origin } from './origin.js';
import type { ResolvedSettings } from './resolve.js';

/** One line of `config print`; nothing in it is secret. */
export interface SettingRow {
  readonly key: string;
  /** Null where it is not set. */
  readonly value: string | number | boolean | null;
  readonly origin: string;
}

/** Every setting with its value and where that came from, in the order of the documentation. */
export function settingRows({ settings, values, mask }: ResolvedSettings): SettingRow[] {
  const file: Origin =
    settings.configFile === undefined ? DEFAULT_ORIGIN : { layer: 'file', name: basename(settings.configFile) };
  const rows: SettingRow[] = values.map(({ setting, value, origin }) => ({
    key: setting.key,
    value: value === undefined ? null : setting.secret ? MASK : typeof value === 'string' ? mask(value) : value,
    origin: tellOrigin(origin),
  }));
  const plugins = settings.plugins.map((plugin) => (typeof plugin === 'string' ? plugin : `${plugin.name} (inline)`));
  rows.push({
    key: 'plugins',
    value: plugins.length === 0 ? null : plugins.join(', '),
    origin: plugins.length === 0 ? 'default' : tellOrigin(file),
  });
  for (const [type, options] of Object.entries(settings.consumers)) {
    for (const [name, value] of Object.entries(options)) {
      rows.push({ key: `consumers.${type}.${name}`, value: mask(printable(name, value)), origin: tellOrigin(file) });
    }
  }
  return rows;
}

/** Options are a plugin's own: nothing declares which of them are secret, so the name decides. */
const SECRET_NAME = /password|passwd|secret|token|credential|api_?key/i;

function printable(name: string, value: unknown): string {
  if (SECRET_NAME.test(name)) return MASK;
  return typeof value === 'string'
    ? value
    : (JSON.stringify(value, (key, inner: unknown) => (SECRET_NAME.test(key) ? MASK : inner)) ?? String(value));
}
